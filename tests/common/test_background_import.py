import os
import sys
import threading

from sweep.common.background_import import import_in_background


def test_what_can_be_imported_is_there_and_the_rest_is_left_out(tmp_path, monkeypatch):
    (tmp_path / "late_a.py").write_text(
        "import os, threading\nNICE = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())"
    )
    (tmp_path / "late_b.py").write_text("1 / 0")
    (tmp_path / "late_c.py").write_text("import late_a")
    monkeypatch.syspath_prepend(tmp_path)
    priority = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    import_in_background("late_b", "no_such_module", "late_c").join(10)
    assert "late_c" in sys.modules and "late_b" not in sys.modules
    assert sys.modules["late_a"].NICE == 19
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == priority
    for module in ("late_a", "late_c"):
        monkeypatch.delitem(sys.modules, module)
