from dataclasses import replace
from pathlib import Path

from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Ledger
from sweep.results.out_of_sample import LockboxOpening, looks, overlaps, read
from sweep.trial import State
from tests.results.ledgers import written

MAY = {"start": "2026-05-01T00:00:00Z", "end": "2026-06-01T00:00:00Z"}
JUNE = {"start": "2026-06-01T00:00:00Z", "end": "2026-07-01T00:00:00Z"}
LATE = {"start": "2026-05-31T23:59:59Z", "end": "2026-07-01T00:00:00Z"}


def look(period: dict[str, str], **more: object) -> LockboxOpening:
    return LockboxOpening(1, "key", "me@here", "2026-11-20T00:00:00+00:00", period, "data", "kept", 3, **more)  # type: ignore[arg-type]


def test_periods_overlap_where_they_share_a_moment():
    assert not overlaps(MAY, JUNE)
    assert overlaps(MAY, LATE)
    assert overlaps(LATE, MAY)


def test_a_look_survives_json_and_only_those_at_the_same_days_count():
    openings = [look(MAY, state=State.COMPLETE, metrics={"pnl_total": 1.0}, seen=("other",)), look(JUNE)]
    facts = SweepFacts(lockbox={"period": MAY, "days": 21}, looks=[n.plain() for n in openings])
    assert looks(facts) == openings[:1]
    assert looks(replace(facts, lockbox={"period": LATE, "days": 22})) == openings
    assert looks(SweepFacts(looks=facts.looks)) == []


def test_a_look_is_current_until_another_trial_has_ended(tmp_path: Path):
    folder = written(tmp_path / "s-1")  # six trials
    box = {"period": MAY, "days": 21}
    with Ledger.open(folder.ledger, write=True) as ledger:
        assert read(folder, ledger).lockbox is None
        for ended, expected in ((6, True), (5, False)):
            last = LockboxOpening(1, "k", "me", "now", MAY, "data", "kept", ended, State.COMPLETE, {"pnl_total": -1.0})
            ledger.note(lockbox=box, looks=[last.plain()])
            lockbox = read(folder, ledger).lockbox
            assert lockbox
            assert lockbox.is_current is expected
            assert not lockbox.looks[0].gains


def test_windows_that_have_not_begun_are_absent(tmp_path: Path):
    folder = written(tmp_path / "s-1")
    window = {"train": {**MAY, "days": 21}, "test": {**JUNE, "days": 22}, "search": "s-2", "score": "s-3"}
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.note(walk_forward={"windows": [window]})
        forward = read(folder, ledger).forward
    assert forward
    assert (forward.steps[0].params, forward.is_whole, forward.figures()["forward_tested"]) == (None, False, 0)
