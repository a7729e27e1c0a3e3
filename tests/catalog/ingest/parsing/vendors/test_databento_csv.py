from sweep.catalog.ingest.parsing.vendors.databento_csv import misread_columns

HEAD = {"rtype": ["0"], "publisher_id": ["1"], "ts_event": ["2024-01-02T14:30:00Z"]}
BOOK = HEAD | {"action": ["A"], "side": ["B"], "price": ["471.25"], "size": ["1"], "order_id": ["7"]}


def test_prices_in_billionths_are_refused_with_their_columns():
    sample = HEAD | {"bid_px_00": ["", "471250000000"], "ask_px_00": ["471260000000"], "bid_sz_00": ["1000000000"]}
    problem = misread_columns("spy.csv", sample, "quotes")
    assert problem is not None
    assert problem.rule == "holds prices of Databento in units of 0.000000001 in bid_px_00, ask_px_00"
    assert (problem.where, problem.value) == ("spy.csv", "471250000000")
    assert "pretty prices" in problem.remedy


def test_book_events_are_no_trades():
    problem = misread_columns("spy.csv", BOOK, "trades")
    assert problem is not None
    assert "events of an order book" in problem.rule
    assert misread_columns("spy.csv", BOOK, "quotes") is None


def test_pretty_prices_and_files_of_others_pass():
    assert misread_columns("spy.csv", HEAD | {"price": ["471.25"], "size": ["1000000000"]}, "trades") is None
    others = {name: values for name, values in BOOK.items() if name != "rtype"} | {"price": ["471250000000"]}
    assert misread_columns("other.csv", others, "trades") is None
