"""State of a file: as long as it is the same, so is the content."""

import os

type FileState = tuple[int, int, int, int, int]


def state_of(status: os.stat_result) -> FileState:
    """Size, times, inode and device. The time of change cannot be set back, as the time of modification can."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev
