"""The names that vendors give to columns, as tables: letters and digits alone (see `key`), the usual ones first."""

import re
import unicodedata

from sweep.catalog.ingest.parsing.names import foreign_names

WITHOUT_ACCENT = str.maketrans("łıøđ", "liod")  # letters that are no letter with an accent by Unicode


def key(name: str) -> str:
    """A column's name without all that vendors write differently: <TICKVOL>, Tick Vol, tick_vol; Clôture, cloture.

    One letter alone is a name of JSON feeds in small letters: t, o, h, l, c, v.
    """
    apart = unicodedata.normalize("NFKD", name.casefold().translate(WITHOUT_ACCENT))
    plain = "".join(sign for sign in apart if sign.isalnum())
    return plain if len(plain) > 1 or plain == name.strip() or not plain.isascii() else f"{plain}?"


def _keys(words: str) -> tuple[str, ...]:
    return tuple(key(word) for word in words.split())


ENGLISH: dict[str, tuple[str, ...]] = {
    "bid": (
        "bid", "bidprice", "bidpx", "bestbid", "bestbidprice", "bidpx00", "bid1", "bp",
        "bidprice1", "bid1price", "bids0price", "pxbid",
    ),
    "ask": (
        "ask", "askprice", "askpx", "offer", "ofr", "offerprice", "bestask", "bestaskprice", "askpx00", "ask1", "ap",
        "askprice1", "ask1price", "asks0price", "pxask",
    ),
    "bid_size": (
        "bidsize", "bidvolume", "bidqty", "bidsz", "bidsiz", "bidvol", "bidquantity", "bidamount", "bestbidqty",
        "bestbidsize", "bidsz00", "bs", "bidsize1", "bid1size", "bids0amount", "bids0size",
    ),
    "ask_size": (
        "asksize", "askvolume", "askqty", "asksz", "asksiz", "askvol", "askquantity", "askamount", "bestaskqty",
        "bestasksize", "asksz00", "offersize", "ofrsize", "ofrsiz", "as", "asksize1", "ask1size", "asks0amount",
        "asks0size",
    ),
    "price": ("price", "last", "px", "tradeprice", "lastprice", "rate", "p"),
    "size": (
        "size", "quantity", "qty", "volume", "amount", "vol", "tradesize", "tradevolume", "tradeqty", "lastsize",
        "lastqty", "shares", "sz", "s", "v",
    ),
    "side": ("side", "aggressor", "aggressorside", "takerside", "isbuyermaker", "buyermaker"),
    "id": ("tradeid", "id", "trdmatchid", "trid", "aggtradeid", "aggregatetradeid", "matchid", "execid", "i"),
    "open": ("open", "openprice", "o", "pxopen"),
    "high": ("high", "highprice", "max", "h", "pxhigh"),
    "low": ("low", "lowprice", "min", "l", "pxlow"),
    "close": ("close", "closeprice", "closelast", "last", "price", "c", "pxlast", "pxclose"),
}  # fmt: skip
NAMES = {name: (*words, *_keys(foreign_names.FOREIGN.get(name, ""))) for name, words in ENGLISH.items()}
MOMENTS = (  # of a time with its date, or of a number since 1970
    "timestamp", "datetime", "time", "tsevent", "eventtime", "dateandtime", "timestamputc", "utctimestamp", "timeutc",
    "utctime", "utc", "gmttime", "localtime", "timeeet", "siptimestamp", "participanttimestamp", "transacttime",
    "transactiontime", "tradetime", "opentime", "starttime", "windowstart", "unixtime", "unixtimestamp", "unix",
    "epoch", "ts", "date", "day", "tsrecv", "t",
    "quotetime", "quotedatetime", "bartime", "ticktime", "exchangetime", "exchtime", "servertime", "receivetime",
    "eventtimestamp", "datetimeutc", "timestampms", "timestampns", "timens", "timems", "timestampus", "barstart",
    "begintime", "begin", "start", "periodstart", "createdat", "executedat", "tradedat", "lastupdated", "candletime",
    "dates", "startat", "openat", "createdtime", "mts", "tradetimestamp", "quotetimestamp", "matchtime", "filltime",
    "localtimestamp", "indexlevel0",
    *_keys(foreign_names.MOMENTS),
    *_keys(foreign_names.CLOCKS), *_keys(foreign_names.DATES),
)  # fmt: skip
DATES = (
    "date", "day", "tradedate", "tradingday", "tradingdate", "sessiondate", "datadate", "localdate", "gmtdate",
    "utcdate", "dtyyyymmdd", "yyyymmdd", "quotedate", *_keys(foreign_names.DATES),
)  # fmt: skip
CLOCKS = (
    "time", "timem", "minute", "clock", "timeofday", "tradetime", "label", "gmttime", "utctime", "localtime", "hhmmss",
    "hhmm", "timestamp", "quotetime", "msofday", "secondsofday", "secofday", *_keys(foreign_names.CLOCKS),
)  # fmt: skip
VOLUMES = (  # units of the instrument first; ticks of a bar stand for them where a vendor has nothing else
    "volume", "vol", "totalvolume", "totalvol", "tradevolume", "realvolume", "basevolume", "volumebase", "quantity",
    "qty", "shares", "size", "amount", "v", *_keys(foreign_names.VOLUMES), "tickvolume", "tickvol", "pxvolume",
)  # fmt: skip
SYMBOLS = {  # columns that say which instrument a row is of
    "symbol", "ticker", "name", "symroot", "symsuffix", "assetid", "asset", "instrument", "instrumentid", "contract",
    "contractid", "secid", "securityid", "security", "securitycode", "code", "ric", "isin", "cusip", "figi", "permno",
    "sedol", "pair", "currencypair", "product", "productid", "root", "stock", "stockcode", "tic", "sym", "market",
    "localsymbol", "conid", "optionsymbol", "optionroot", "underlying", "coin", "tokenid", "token", "series",
    "stocksymbol", "symbolid", "tickersymbol", "currency", "permco", "gvkey", "tscode", "stkcd", "windcode", "secucode",
    "instrumenttoken", "coinid", "tickerid", "stockid", "securityname", "assetname", "companyname", "instrumentname",
    "contractname", "contractcode",
    "productname", "productcode", "coinname", "pairname", "marketname", "marketid", "stockname", "underlyingsymbol",
} | {*_keys(foreign_names.SYMBOLS)}  # fmt: skip
TICKERS = {  # … by the name under which it is traded
    "symbol", "ticker", "symroot", "instrument", "instrumentid", "contract", "security", "pair", "currencypair",
    "stock", "tic", "sym", "localsymbol", "stocksymbol", "tickersymbol", *_keys("Símbolo Symbole Тикер Инструмент"),
}  # fmt: skip
CONTRACTS = {  # … which contract of a family
    "expiry", "expiration", "expirationdate", "expirydate", "maturity", "strike", "strikeprice", "optiontype", "cpflag",
    "callput", "putcall", "right", "contractmonth", "deliverymonth",
}  # fmt: skip
VENUES = {"exchange", "ex", "exch", "venue", "mic", "publisherid", "exchangeid", "source", "feed", "broker",
          *_keys(foreign_names.VENUES)}  # fmt: skip
PERIODS = {"per", "period", "interval", "timeframe", "resolution", "frequency", "barsize", "rtype"}
KINDS = {  # columns that say of which kind of data a row is
    "type", "eventtype", "event", "recordtype", "rectype", "ticktype", "msgtype", "messagetype", "datatype", "rowtype",
    "pricetype", "whattoshow", "updatetype", "entrytype", "mdentrytype",
}  # fmt: skip
IDENTITY = SYMBOLS | CONTRACTS | VENUES | PERIODS
PARTICIPANT = re.compile(r"[A-Z]|\d{1,3}")  # codes of the exchanges on a consolidated tape
FLAGS = "flags"  # of ticks of MetaTrader 5
BUYER_IS_MAKER = {"isbuyermaker", "buyermaker"}
SIDES = {  # of the taker
    "buy": "BUY", "b": "BUY", "buyer": "BUY", "sell": "SELL", "s": "SELL", "a": "SELL", "seller": "SELL",
    "": "NO_AGGRESSOR", "n": "NO_AGGRESSOR", "no_aggressor": "NO_AGGRESSOR", "none": "NO_AGGRESSOR",
    "unknown": "NO_AGGRESSOR",
}  # fmt: skip
MAKERS = {"true": "SELL", "1": "SELL", "false": "BUY", "0": "BUY", "": "NO_AGGRESSOR"}  # whether the buyer was one


def is_venue(name: str) -> bool:
    return key(name) in VENUES


def is_optional(name: str) -> bool:
    """Tell a column of the sizes of quotes, or of the volume of bars."""
    return key(name) in {*NAMES["bid_size"], *NAMES["ask_size"], *VOLUMES}
