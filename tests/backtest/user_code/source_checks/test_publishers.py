"""Names that user code publishes under, read from its source."""

import pytest

from sweep.backtest.user_code.source_checks.publishers import can_publish


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("s.publish_signal('go', 1)", "go", True),
        ("s.publish_signal('go', 1)", "g?", True),
        ("s.publish_signal('go', 1)", "", True),
        ("s.publish_signal('go', 1)", "stop", False),
        ("s.publish_signal(name='go', value=1)", "go", True),
        ("s.publish_signal(NAME, 1)", "stop", True),
        ("later(s.publish_signal)", "stop", True),
        ("getattr(s, 'publish_signal')", "stop", True),
        ("s.publish_message('go', 1)", "go", False),
        ("def publish_signal(name): pass", "go", False),
        ("", "", False),
    ],
)
def test_by_call(tmp_path, source, name, expected):
    (tmp_path / "a.py").write_text(source)
    assert can_publish([tmp_path / "a.py"], "publish_signal", name) is expected
