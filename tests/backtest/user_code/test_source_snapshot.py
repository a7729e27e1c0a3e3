"""Sources as they were read once."""

from sweep.backtest.user_code.source_snapshot import SourceSnapshot, take
from tests.support.editable_project import project


def test_it_is_what_was_read_whatever_is_written_later(tmp_path):
    with project(tmp_path, "read_once") as user:
        user.write()
        taken = take(["read_once:Trader"])
        then = user.file.read_bytes()
        assert taken.changed() == []
        user.write("size = 3")
        assert taken.modules["read_once"].content == then
        assert taken.changed() == ["read_once"]
        assert SourceSnapshot.of(taken.plain()).digest == taken.digest
        assert take(["read_once:Trader"]).digest != taken.digest
        taken.write(tmp_path / "kept")
        assert (tmp_path / "kept" / f"{taken.hashes['read_once']}.py").read_bytes() == then
        assert taken.restricted(["json:X"]).modules == {}
