"""Files that people name: kinds that would be read for ever, and lengths."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.catalog.ingest.vendors import dbn_format
from sweep.cli import user_settings
from sweep.common.files.text_file import NotRegularError, read_text, require_regular
from sweep.errors import InputError
from sweep.port.files import port_files
from sweep.port.rewrite.context import Options
from sweep.spec import yaml_document


def test_a_file_is_read_up_to_a_length(tmp_path: Path):
    (file := tmp_path / "a").write_text("é" * 10)
    (tmp_path / "link").symlink_to(file)
    assert read_text(file, 10) == read_text(tmp_path / "link", 20) == "é" * 10
    assert read_text(file, 3) == "é" * 4
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "b", 3)


def test_what_is_no_file_is_refused_by_its_kind(tmp_path: Path):
    os.mkfifo(pipe := tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
    for path, kind in ((pipe, "a pipe"), (tmp_path / "socket", "a socket"), (Path("/dev/zero"), "a device")):
        with pytest.raises(NotRegularError, match=f"is {kind}, not a file"):
            require_regular(path)


READERS: dict[str, Callable[[Path], object]] = {
    "spec": yaml_document.read,
    "databento": dbn_format.header,
    "port": lambda path: port_files([path], Options()),
    "settings": lambda _: user_settings.user_settings(),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("reader", READERS)
def test_nothing_waits_for_a_writer_of_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / user_settings.PLACE
    path.parent.mkdir()
    os.mkfifo(path)
    with pytest.raises((InputError, OSError), match="is a pipe, not a file"):
        READERS[reader](path)
