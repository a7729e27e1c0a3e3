import shlex

from sweep.catalog.ingest.parsing.vendors.lobster import options
from tests.catalog.ingest.test_vendor_layouts import at
from tests.support.commands import invoke

ROWS = [
    "34200.017459617,4,16113575,18,5853300,1",  # an execution
    "34200.189608061,1,16113584,18,5853200,1",  # a new order
    "57599.913117637,4,16113594,7,5853100,-1",
]


def columns(rows):
    return list(zip(*(row.split(",") for row in rows), strict=True))


def test_the_proposed_options_read_the_trades(tmp_path):
    file = tmp_path / "AAPL_2012-06-21_34200000_57600000_message_1.csv"
    file.write_text("\n".join(ROWS) + "\n")
    command = ["catalog", "ingest", "trades", file, "--instrument", "AAPL.XNAS", "--template", "equity", "--json"]
    message = " ".join(invoke(*command, "--catalog", tmp_path / "c", code=2).stderr.split())
    way = options(str(file), columns(ROWS))
    assert f"are these messages of LOBSTER? then {way}" in message
    output = invoke(*command, "--catalog", tmp_path / "c", *shlex.split(way)).stdout
    for part in (
        '"written": 2',
        f'"first": {at("2012-06-21T13:30:00.017459617")}',
        f'"last": {at("2012-06-21T19:59:59.913117637")}',
    ):
        assert part in output


def test_other_files_of_six_columns():
    for rows in (
        ["34200.5,8,1,18,5853300,1"],
        ["34200.5,4,1,18,58.5,1"],
        ["34200.5,4,1,18,585,2"],
        ["20240102,4,1,18,5,1"],
    ):
        assert options("f.csv", columns(rows)) == ""
    assert "--date 2012-06-21" in options("f.csv", columns(ROWS))
