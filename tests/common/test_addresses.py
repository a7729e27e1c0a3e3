"""A password in an address is seen however it is written, and not shown; addresses without one are left as they are."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.common.addresses import hide, holds_secret, problem, redact

PLANTED = "PLANTED"
FORMS = [
    "postgresql://me:{}@h/db", "postgresql+psycopg://me:{}@h:5432/db?sslmode=require", "mysql://me:{}@[::1]:3306/n",
    "https://me:{}@h/x", "https://{}@h/x", "https://:{}@h", "http://{}:@h", "HTTPS://u:{}@h/x", "s3://u:{}@b/x",
    "gs://u:{}@b", "az://u:{}@c/x", "ray://u:{}@h:10001", "file://u:{}@h/x", "s3:/u:{}@b/x", "s3:///u:{}@b/x",
    "databricks://u:{}@h", "postgresql://u@h/n?password={}", "postgresql://u@h/n?p%61ssword={}",
    "postgresql://u@h/n?sslmode=x&api-key={}", "postgresql://u@h/n;pwd={}", "https://h/x?{}", "https://h/x#{}",
    "https://h/x?token={}", "s3://b/x?sig={}", "ray://h:1?x={}", "mssql+pyodbc:///?odbc_connect=Driver%3DX%3BPWD%3D{}",
    "sqlite:////a/b.db?key={}", "postgresql://h/n?options=-c%20password%3D{}", "https%3A%2F%2Fu%3A{}%40h%2Fx",
]  # fmt: skip
WRITTEN = [str, lambda p: quote(p, safe=""), lambda p: quote(quote(p, safe=""), safe="")]
DIFFICULT = st.text(alphabet="1/:@?#[]&=%+. aB", max_size=6)


@pytest.mark.parametrize("form", FORMS)
def test_a_plain_password_is_seen(form):
    for password in (PLANTED, f"123/{PLANTED}", f"a@{PLANTED}", f"8080?{PLANTED}"):
        for write in WRITTEN:
            address = form.format(write(password))
            assert PLANTED not in redact(address), address
            assert holds_secret(address) and not holds_secret(redact(address)), address


@given(st.sampled_from(FORMS[:16]), DIFFICULT, DIFFICULT, st.sampled_from(WRITTEN))
def test_a_password_of_difficult_characters_is_seen(form, before, after, write):
    address = form.format(write(f"{before}{PLANTED}{after}"))
    refused = problem("tracking.uri", address)
    assert refused and PLANTED not in f"{refused}{refused[0]}"
    assert redact(redact(address)) == redact(address)


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:////home/a:b@c/mlflow.db", "sqlite:///mlflow.db?timeout=5", "postgresql://me@h:5432/n?sslmode=require",
        "postgresql://me%40srv@h/n?sslkey=/a/b.key&keepalives=1", "mysql+pymysql://me@[::1]:3306/n", "http://h:5000/a",
        "http://[::1]:80/", "databricks", "databricks://profile", "s3://b/me@x.com/cat", "s3://b/a key=3&c;d", "gs://b",
        "file:///a@b/c%23d%3F", "az://c/p", "data/x:1@y", "runs", "auto", "h:6379", "module:Class", "",
        "my text: me@home, see http://x.y", "SPY.ARCA-5-MINUTE-LAST-INTERNAL@1-MINUTE-EXTERNAL",
    ],
)  # fmt: skip
def test_an_address_without_one_stays(address):
    assert redact(address) == address and not problem("x", address)


def test_without_a_scheme_a_login_is_seen_where_an_address_is_expected():
    for address in ("me:PLANTED@h:6379", "me:1/PLANTED@h:6379", "me:a@PLANTED@h"):
        assert PLANTED not in redact(address, bare=True) and redact(address, bare=True).startswith("***@h")
    assert redact("h:6379", bare=True) == "h:6379" and redact("runs@home", bare=True) == "runs@home"


def test_the_addresses_inside_a_text_are_shown_without_it():
    text = hide("error sending request for url (http://me:PLANTED@minio:9000/b?x=PLANTED): 'ray://PLANTED@h' is gone")
    assert PLANTED not in text and "minio:9000/b" in text and text.endswith("is gone")
