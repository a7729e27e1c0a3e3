"""The start of Ray, where it fails."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import ray

from sweep.errors import InputError
from sweep.executors.ray import connection, local_node


def test_a_node_that_does_not_start_in_time_is_a_sentence_and_leaves_nothing(monkeypatch):
    def late(**_: object) -> None:
        raise Exception("The current node timed out during startup.")  # noqa: TRY002 (as Ray's own node does)

    monkeypatch.setattr(ray, "init", late)
    with TemporaryDirectory() as place:  # its path is short enough for sockets
        monkeypatch.setattr(local_node, "_places", lambda: [Path(place)])
        with pytest.raises(InputError, match=r"Ray: cannot start on this machine: .*timed out.*--executor inline"):
            connection.connect("local", 1)
        assert list(Path(place).iterdir()) == []
