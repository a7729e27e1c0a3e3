"""Archives that somebody else may have made: unpacked within bounds, and inside of one folder."""

import gzip
import shutil
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from sweep.common.foreign_names import is_inside
from sweep.errors import SweepError, shorten

HEADER = 2**20  # bytes of a file's name and attributes in an archive
BLOCK = 4096  # bytes that a file takes at least
RATIO, FLOOR = 200, 2**28  # an archive may unpack to so many times its size, and to so many bytes in any case
RESERVE = 2**26  # bytes of the disk that are left to others


def unpack(archive: Path, target: Path) -> None:
    """The files of an archive in a folder. SweepError for links, names outside of it, and more than it may become."""
    budget = _Budget(min(max(FLOOR, RATIO * archive.stat().st_size), room(archive.parent)))
    try:
        with _Steps(archive, "rb") as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
            tar.extractall(target, filter=budget.checked)  # noqa: S202 (the filter checks each member)
    except RecursionError:
        raise SweepError("the archive cannot be unpacked: a file of it has more headers than files have") from None
    except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError, OverflowError) as error:
        raise SweepError(f"the archive cannot be unpacked: {error}") from error


class _Steps(gzip.GzipFile):
    """A compressed archive that is held in memory a piece at a time, whatever its headers say."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= HEADER:
            raise SweepError("the archive cannot be unpacked: a header of it is as large as a file")
        return super().read(size)


@dataclass
class _Budget:
    """Bytes that an archive may still unpack to."""

    left: int

    def checked(self, member: tarfile.TarInfo, target: str) -> tarfile.TarInfo | None:
        name = shorten(member.name)
        if not (member.isreg() or member.isdir()) or not is_inside(member.name):
            raise SweepError(f"the archive holds {name}, which is no file of a sweep: nothing was taken from it")
        self.left -= max(member.size, BLOCK)
        if self.left < 0:
            raise SweepError(f"the archive becomes too large when it is unpacked, at {name}: nothing was taken from it")
        return tarfile.data_filter(member, target)


def room(folder: Path) -> int:
    """Bytes that may be written to the disk of a folder."""
    return max(0, shutil.disk_usage(folder).free - RESERVE)
