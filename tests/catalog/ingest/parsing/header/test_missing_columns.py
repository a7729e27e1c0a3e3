"""The column that a message proposes is of the right values, and the option works when it is pasted."""

import re
import shlex

import pytest
import yaml

from sweep.catalog.ingest import Ingested, InstrumentDraft, Layout, bars, quotes, trades
from sweep.errors import InputError

EURO = InstrumentDraft(id="EUR/USD.SIM")
T = "2024-01-02T09:00:00Z"
CASES = {
    "a time beside symbols and numbers": (trades, f"who,n,when,price,size\nAAA,17,{T},1.1,5\n", Layout()),
    "milliseconds": (trades, "what,price,size,made\nAAA,1.1,5,1704186000123\n", Layout(time_format="ms")),
    "no number since 1970 is a price": (quotes, f"time,received,b0,a0\n{T},1704186000123,1.1,1.2\n", Layout()),
    "a name of three words": (trades, f"When (in UTC),price,size\n{T},1.1,5\n", Layout()),
    "a name that holds ours": (quotes, f"time,n_bid_0,n_ask_0\n{T},1.1,1.2\n", Layout()),
    "a price and no size": (quotes, f"time,bestbids amount,bestbids at,ask\n{T},7,1.1,1.2\n", Layout()),
    "all four prices": (bars, f"time,o1,h1,l1,c1\n{T},1.1,1.3,1.0,1.2\n", Layout()),
    "a misspelling": (quotes, f"time,bidd,ask\n{T},1.1,1.2\n", Layout()),
    "a date and a time of day": (trades, "d1,t1,price,size\n2024-01-02,09:00:00,1.1,5\n", Layout()),
}  # fmt: skip


def follow(tmp_path, read, text: str, layout: Layout) -> Ingested:
    """The rows that are read after each remedy of the message has been applied."""
    (tmp_path / "f.csv").write_text(text)
    with pytest.raises(InputError) as error:
        read(tmp_path / "f.csv", EURO, tmp_path / "c", layout)
    options = [shlex.split(re.search(r"--columns (.*)", p.remedy)[1])[0] for p in error.value.problems]  # type: ignore[index]
    stated = Layout(columns=",".join(options), time_format=layout.time_format)
    return read(tmp_path / "f.csv", EURO, tmp_path / "c", stated)


@pytest.mark.parametrize("case", CASES)
def test_the_proposed_columns_are_read(tmp_path, case):
    assert follow(tmp_path, *CASES[case]).written == 1


def test_a_name_that_the_option_cannot_hold(tmp_path):
    (tmp_path / "f.csv").write_text(f'"when, exactly",bid,"ask, now"\n{T},1.1,1.2\n')
    with pytest.raises(InputError) as error:
        quotes(tmp_path / "f.csv", EURO, tmp_path / "c")
    texts = [p.remedy.removeprefix("name it in a mapping file (--mapping): ") for p in error.value.problems]
    mapping = {k: v for text in texts for k, v in yaml.safe_load("{" + text.partition(", beside")[0] + "}").items()}
    (tmp_path / "m.yaml").write_text(yaml.safe_dump(mapping))
    assert quotes(tmp_path / "f.csv", EURO, tmp_path / "c", Layout().mapped(tmp_path / "m.yaml")).written == 1


def test_no_column_can_be_it(tmp_path):
    (tmp_path / "f.csv").write_text("who,price,size\nAAA,1.1,5\n")
    with pytest.raises(InputError, match="no other column of the file can be it"):
        trades(tmp_path / "f.csv", EURO, tmp_path / "c")
