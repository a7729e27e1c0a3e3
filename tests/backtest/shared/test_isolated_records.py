"""The account that a strategy of a pack would have alone."""

from decimal import Decimal

import pytest
from nautilus_trader.model import InstrumentId, Venue

from sweep.backtest.shared import shared_run
from tests.backtest.shared.test_shared_run import actions, alone, market

ARCA = Venue("ARCA")


def test_it_holds_what_was_booked_for_the_strategy_and_nothing_of_the_others(tmp_path, monkeypatch):
    many = actions(market(tmp_path / "c", 5), {"every": 20}, {"every": 33})
    accounts, settle = [], shared_run.Participant.settle

    def note(participant):
        account = participant.records.account_for_venue(ARCA)
        accounts.append((account.balances_total(), account.leverage(InstrumentId.from_str("SPY.ARCA"))))
        settle(participant)

    monkeypatch.setattr(shared_run.Participant, "settle", note)
    shared_run.run([(one, ()) for one in many])
    assert len(accounts) == 2
    for one, (balances, leverage) in zip(many, accounts, strict=True):
        ((currency, total),) = balances.items()
        assert str(currency) == "USD"
        assert total.as_double() == pytest.approx(100_000 + alone(one).metrics["pnl_realized"], abs=1e-9)
        assert leverage == Decimal(1)
    assert accounts[0][0] != accounts[1][0]
