"""The instrument of a file has the decimals that all of its rows need, and no more than a market has."""

from datetime import datetime, timedelta

import pytest

from sweep.catalog.ingest import Layout
from sweep.catalog.instruments.stored import defined
from sweep.errors import InputError
from sweep.scaffold.catalog_from_files import build
from sweep.scaffold.request import Request


def bars(path, prices, volume="100"):
    begin = datetime(2026, 3, 2)
    lines = [f"{begin + timedelta(minutes=n)},{p},{p},{p},{p},{volume}" for n, p in enumerate(prices)]
    path.write_text("\n".join(["time,open,high,low,close,volume", *lines]))
    return path


def sessions(path):
    opens = [datetime(2026, 3, day, 9, 30) for day in (2, 3, 4)]
    lines = [f"{at + timedelta(minutes=m)},1,1,1,1,5" for at in opens for m in range(390)]
    path.write_text("\n".join(["time,open,high,low,close,volume", *lines]))
    return path


def made(tmp_path, instrument, *files, answers=(), **more):
    questions = []

    def ask(question, default, choices):
        questions.append((question, default))
        return answers[len(questions) - 1] if answers else default

    (tmp_path / "catalog").mkdir()
    results, notes = build(
        tmp_path / "catalog", Request(files=files, instruments=(instrument,), layout=Layout(), **more), ask, None
    )
    return defined(tmp_path / "catalog", instrument), results, notes, questions


def test_a_price_far_down_the_file_gives_the_decimals(tmp_path):
    coin, results, *_ = made(
        tmp_path, "SHIB/USDT.X", bars(tmp_path / "a.csv", ["1.25"] * 30_000 + ["0.00001234"]), currencies=("SHIB",)
    )
    assert str(coin.price_increment) == "0.00000001"
    assert results[0].written == 30_001
    assert not results[0].notes  # nothing was rounded


def test_the_errors_of_floats_are_rounded_to_what_is_usual_and_told(tmp_path):
    stock, results, *_ = made(tmp_path, "A.XNAS", bars(tmp_path / "a.csv", ["1.25", "1.3500000000001", "1.45"] * 50))
    assert str(stock.price_increment) == "0.01"
    assert "rounded" in " ".join(results[0].notes)


def test_prices_of_no_decimals_have_a_tick_that_fits(tmp_path):
    coin, *_ = made(tmp_path, "BTC/USD.X", bars(tmp_path / "a.csv", range(64_001, 64_301)))
    assert str(coin.price_increment) == "1"
    assert str(coin.size_increment) == "0.000001"


def test_shares_are_whole(tmp_path):
    stock, results, *_ = made(tmp_path, "A.XNAS", bars(tmp_path / "a.csv", ["1.25"] * 50, volume="10.5"))
    assert str(stock.lot_size) == "1"
    assert "rounded" in " ".join(results[0].notes)


@pytest.mark.parametrize("answer", ["UTC", "America/New_York"])
def test_times_that_look_like_a_session_are_asked_about(tmp_path, answer):
    _, results, notes, questions = made(tmp_path, "A.XNAS", sessions(tmp_path / "a.csv"), answers=[answer])
    assert "from 09:30 to 15:59, as a session in America/New_York does" in questions[0][0]
    assert questions[0][1] == "America/New_York"  # the default at a venue there
    assert f"taken as {answer}" in notes[0]
    opened = results[0].first // 10**9 % 86_400
    assert opened == (9 * 60 + 31) * 60 + (5 * 3600 if answer != "UTC" else 0)


def test_at_a_venue_elsewhere_the_default_is_utc(tmp_path):
    *_, questions = made(tmp_path, "A.SIM", sessions(tmp_path / "a.csv"))
    assert questions[0][1] == "UTC"


def test_bars_without_volume_get_one_and_it_is_told(tmp_path):
    _, results, *_ = made(tmp_path, "EUR/USD.SIM", bars(tmp_path / "a.csv", ["1.25"] * 50, volume="0"))
    assert results[0].noticed == {"bars with a stated volume of 1000000": 50}


def test_files_of_two_kinds_are_refused(tmp_path):
    (tmp_path / "q.csv").write_text("time,bid,ask\n2026-03-02 09:30:01,1.1,1.2\n")
    with pytest.raises(InputError, match="bars and quotes"):
        made(tmp_path, "EUR/USD.SIM", bars(tmp_path / "a.csv", ["1.25"] * 5), tmp_path / "q.csv")
