import sys
from pathlib import Path
from threading import Event, Thread, get_ident
from types import FunctionType

from sweep.backtest.user_code import call_monitor
from sweep.backtest.user_code.call_monitor import EarlierThreads, Monitor
from sweep.backtest.user_code.source_hashes import OWN_FILES


def function_in(file: str):
    """A function of this file that calls `abs`."""
    module = compile("def call():\n    return abs(-1)\n", file, "exec")
    return FunctionType(module.co_consts[0], {})


def monitored_calls(*steps) -> list[str]:
    """Files whose call of `abs` a monitor reports while it is on for these steps, which get the monitor."""
    files: list[str] = []

    def called(call) -> None:
        if call.function is abs:
            files.append(call.code.co_filename)

    with (monitor := Monitor(lambda _code, _error: None, called)):
        for step in steps:
            step(monitor)
    return files


def test_a_call_is_reported_once_at_each_place_until_a_restart():
    user = function_in("user.py")
    again = (lambda _: user(), lambda _: user())
    assert monitored_calls(*again) == ["user.py"]
    assert monitored_calls(*again, lambda _: call_monitor.restart(), *again) == ["user.py", "user.py"]


def test_calls_of_this_package_are_not_reported_but_those_of_its_ready_strategies_are():
    own, strategy = f"{OWN_FILES}backtest/x.py", f"{OWN_FILES}strategies/x.py"
    functions = [function_in(file) for file in (own, strategy)]
    assert monitored_calls(*(lambda _, f=f: f() for f in functions)) == [strategy]


def test_a_place_that_was_called_while_the_monitor_rested_is_reported_later():
    user = function_in("user.py")

    def rested(monitor: Monitor) -> None:
        monitor.is_active = False
        user()
        monitor.is_active = True

    assert monitored_calls(rested) == []
    assert monitored_calls(rested, lambda _: user()) == ["user.py"]


def test_the_start_of_a_function_is_reported_and_nothing_stays_behind():
    user, started = function_in("user.py"), list[str]()
    free = call_monitor.TOOL_IDS[0]
    before = sys.monitoring.get_tool(free)
    monitor = Monitor(lambda _code, _error: None, lambda _: False, lambda code: started.append(code.co_name))
    monitor.begin()
    monitor.watch(user.__code__)
    user(), user()
    monitor.end()
    user()
    assert started == ["call"]
    assert sys.monitoring.get_tool(free) == before


def test_exceptions_that_leave_a_function_are_reported():
    def fail() -> None:
        Path("does-not-exist/x").read_bytes()

    left: list[str] = []
    with Monitor(lambda code, _error: left.append(code.co_name), lambda _: False):
        try:
            fail()
        except FileNotFoundError:
            left.append("caught")
    assert left[-2:] == ["fail", "caught"]


def test_calls_in_threads_that_ran_before_are_not_reported_and_those_of_later_threads_are():
    user, later, begin, ended = function_in("user.py"), function_in("later.py"), Event(), Event()

    def before() -> None:
        begin.wait(10)
        user()
        ended.set()

    def beside(_: Monitor) -> None:
        begin.set()
        ended.wait(10)
        (thread := Thread(target=later)).start()
        thread.join()

    (thread := Thread(target=before)).start()
    assert monitored_calls(beside) == ["later.py"]
    thread.join()
    begin.clear(), ended.clear()
    (thread := Thread(target=before)).start()
    assert monitored_calls(beside, lambda _: user()) == ["later.py", "user.py"]  # the same place, now the trial's own
    thread.join()


def test_a_thread_whose_identifier_one_that_ended_had_is_another():
    ended = Event()
    (thread := Thread(target=ended.wait)).start()
    earlier = EarlierThreads()
    earlier._threads[get_ident()] = thread
    assert earlier.run_this()
    ended.set()
    thread.join()
    assert not earlier.run_this()
