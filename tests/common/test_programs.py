from sweep.common.programs import program


def test_a_program_is_found_beside_python_or_on_the_path(tmp_path, monkeypatch):
    assert program("python") and program("no-such-program") is None
    own = tmp_path / "mine"
    own.write_text("#!/bin/sh\n", encoding="utf-8")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program("mine") == str(own)
