from sweep.catalog.ingest.parsing.file_layout import Layout


def test_names_that_a_column_may_have():
    held = ["Gmt Time", " BID", "ask_price", "Ask_Volume"]
    names = {name: Layout().find(name, held) for name in ("bid", "ask", "ask_size", "bid_size")}
    assert names == {"bid": " BID", "ask": "ask_price", "ask_size": "Ask_Volume", "bid_size": None}


def test_a_mapping_comes_first_and_what_it_names_is_not_taken_twice(tmp_path):
    (tmp_path / "map.yaml").write_text(
        "timestamp: {column: t, unit: ms}\ncolumns: {price: volume, size: q}\naggressor: {'1': BUY, '-1': SELL}\n"
    )
    layout = Layout(delimiter=";").mapped(tmp_path / "map.yaml")
    assert (layout.time_format, layout.delimiter) == ("ms", ";")
    assert [layout.find(n, ["t", "volume", "q"]) for n in ("time", "price", "size")] == ["t", "volume", "q"]
    assert Layout(columns="time=DATE+TIME, price=P").named == {"time": "DATE+TIME", "price": "P"}
    assert Layout(columns="time,price").positional == ("time", "price")
    assert layout.find("size", ["t", "volume"]) is None
    assert (layout.side("1"), layout.side("buy")) == ("BUY", None)
    (tmp_path / "map.yaml").write_text("timestamp: {column: t}\naggressor: {x: UP}\n")
    assert [p.where for p in Layout().mapped(tmp_path / "map.yaml").problems()] == ["aggressor"]


def test_sides_as_people_write_them():
    assert [Layout().side(w) for w in ("BUY", "s", " Seller", "", "x")] == ["BUY", "SELL", "SELL", "NO_AGGRESSOR", None]
