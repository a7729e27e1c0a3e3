"""The meaning of columns: in other languages, by their values, and a remedy that names a real one."""

import re

import pytest

from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.header.column_plan import plan
from sweep.catalog.ingest.parsing.header.column_request import ColumnRequest
from sweep.catalog.ingest.parsing.names.column_names import key
from sweep.errors import InputError

DAY = 86_400
OHLC = ("open", "high", "low", "close")
BARS = ColumnRequest(OHLC, ("volume",), dict.fromkeys((*OHLC, "volume"), 2), "bars", 60)
DAYS = ColumnRequest(OHLC, ("volume",), BARS.digits, "bars", DAY)
QUOTES = ColumnRequest(("bid", "ask"), (), {"bid": 5, "ask": 5}, "quotes")
ROW = ("01.02.2024", "2,00", "1,00", "3,00", "0,50", "1,5K")
HEADERS = {  # date, close, open, high, low, volume
    "German": "Datum;Zuletzt;Eröffn.;Hoch;Tief;Vol.", "French": "Date;Dernier;Ouv.; Plus Haut;Plus Bas;Vol.",
    "Spanish": "Fecha;Último;Apertura;Máximo;Mínimo;Vol.", "Italian": "Data;Ultimo;Apertura;Massimo;Minimo;Vol.",
    "Portuguese": "Data;Último;Abertura;Máxima;Mínima;Vol.", "Dutch": "Datum;Laatste;Open;Hoog;Laag;Vol.",
    "Polish": "Data;Zamkniecie;Otwarcie;Najwyzszy;Najnizszy;Wolumen",
    "Swedish": "Datum;Stängning;Öppning;Högst;Lägst;Volym", "Turkish": "Tarih;Şimdi;Açılış;Yüksek;Düşük;Hac.",  # noqa: RUF001
    "Russian": "Дата;Цена;Откр.;Макс.;Мин.;Объём", "Chinese": "日期;收盘;开盘;最高;最低;成交量",
    "Japanese": "日付け;終値;始値;高値;安値;出来高", "Korean": "날짜;종가;시가;고가;저가;거래량",
    "capitals": "DATUM;ZULETZT;ERÖFFNUNG;HOCH;TIEF;VOLUMEN",
    "without accents": "Fecha;Ultimo;Apertura;Maximo;Minimo;Vol",
}  # fmt: skip


def planned(header, row, columns, **layout):
    return plan("f.csv", header.split(";"), [list(row)] * 3, Layout(**layout), columns)


@pytest.mark.parametrize("language", HEADERS)
def test_bars_in_other_languages(language):
    column_plan = planned(HEADERS[language], ROW, DAYS)
    names = HEADERS[language].split(";")
    expected = dict(zip(("close", "open", "high", "low", "volume"), names[1:], strict=True))
    assert (column_plan.time, dict(column_plan.columns), column_plan.unused) == ((names[0],), expected, ())


@pytest.mark.parametrize(
    ("header", "date", "clock", "bid"),
    [
        ("Datum;Zeit;Geld;Brief", "2024-01-02", "09:00:00", "Geld"),
        ("Datum;Uhrzeit;Geldkurs;Briefkurs", "02.01.2024", "09:00", "Geldkurs"),
        ("Date;Heure;Achat;Vente", "2024-01-02", "09:00:00", "Achat"),
        ("Fecha;Hora;Compra;Venta", "02.01.2024", "9:00:00", "Compra"),
        ("Дата;Время;bid;ask", "20240102", "090000", "bid"),
        ("Datum;Tijd;Bied;Laat", "2024-01-02", "09:00:00.125", "Bied"),
        ("Tag;Moment im Tag;Geld;Brief", "2024-01-02", "09:00", "Geld"),  # by its values alone
    ],
)
def test_date_and_time_of_day_in_other_languages(header, date, clock, bid):
    column_plan = planned(header, (date, clock, "1.1", "1.2"), QUOTES)
    assert column_plan.time == tuple(header.split(";")[:2])
    assert column_plan.columns["bid"] == bid


def test_one_word_however_it_is_written():
    for one, *others in (["Eröffnung", "ERÖFFNUNG", "<Eroffnung>"], ["Açılış", "acilis"], ["Zamknięcie", "zamkniecie"],  # noqa: RUF001
                         ["Объём", "объем"], ["Plus haut", "PLUS_HAUT"], ["高値", " 高値 "]):  # fmt: skip
        assert {key(other) for other in others} == {key(one)}
    assert key("T") != key("t")


@pytest.mark.parametrize(
    ("header", "row", "columns", "named"),
    [
        ("when;bid;ask", ("2024-01-02 09:00", "1.1", "1.2"), QUOTES, "time=when"),
        ("bid;ask;n;at", ("1.1", "1.2", "7", "2024-01-02T09:00:00Z"), QUOTES, "time=at"),
        ("bid;ask;on;hour", ("1.1", "1.2", "2024-01-02", "09:30"), QUOTES, "time=on+hour"),
        ("time;note;ask;offered", ("2024-01-02 09:00", "x", "1.2", "1.1"), QUOTES, "bid=offered"),
        ("time;opening;high;low;close", ("2024-01-02 09:00", "1", "1", "1", "1"), BARS, None),
        ("time;begin;high;low;close", ("2024-01-02 09:00", "1", "1", "1", "1"), BARS, "open=begin"),
    ],
)
def test_the_remedy_names_a_column_that_can_be_it(header, row, columns, named):
    if named is None:
        assert planned(header, row, columns).columns["open"] == "opening"
        return
    with pytest.raises(InputError) as refused:
        planned(header, row, columns)
    (option,) = re.findall(r"--columns (\S+)", str(refused.value))
    assert option == named
    assert plan("f.csv", header.split(";"), [list(row)] * 3, Layout(columns=option), columns).read


def test_no_remedy_where_no_column_can_be_it():
    with pytest.raises(InputError, match="no other column of the file can be it"):
        planned("time;ask;note", ("2024-01-02 09:00", "1.2", "x"), QUOTES)
    with pytest.raises(InputError, match="no column of the file holds times of day"):
        planned("Datum;bid;ask", ("2024-01-02", "1.1", "1.2"), QUOTES)
