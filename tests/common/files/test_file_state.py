import os

from sweep.common.files.file_state import state_of


def test_a_file_that_was_replaced_with_its_size_and_time_set_back_is_other(tmp_path):
    file = tmp_path / "a"
    file.write_text("old")
    before = file.stat()
    states = {state_of(before)}
    for write in (
        lambda: file.write_text("new"),
        lambda: (file.unlink(), file.write_text("old")),
        lambda: file.chmod(0o600),
    ):
        write()
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert state_of(file.stat()) not in states
        states.add(state_of(file.stat()))
