"""Addresses of stores, servers, databases and clusters: the one rule by which an address may hold a secret.

The rule prefers to refuse. Where a text can be read in two ways (`me:123/x@host`: a port and a path, or a password), it
holds a secret. Percent-encoded parts are decoded first.
"""

import re
from urllib.parse import unquote

from sweep.errors import Problem

RULE = "must not hold a password, a key or a token: it would be written down, and shown to other users of the machine"
REMEDY = (
    "write SCHEME://HOST:PORT/PATH without @, ? or #, PORT as a number (a database: postgresql://USER@HOST/NAME), "
    "and export the credentials: docs/security.md lists the variables"
)
HIDDEN = "***"
SCHEME = re.compile(r"([A-Za-z][\w+.-]*):(?://|/)")  # a path that was an address has lost one of its slashes
BARE_LOGIN = re.compile(r"[^/\s@]+:\S*@")  # NAME:PASSWORD@HOST:PORT, without a scheme
AUTHORITY = re.compile(r"(?:\[[\w:.%]*\]|[^:@\[\]/?#]*)(?::\d*)?(?=[/?#]|$)")
DATABASES = ("postgresql", "postgres", "mysql", "mariadb", "mssql", "oracle")
BUCKETS = ("s3", "gs", "az")
ONLY_PATHS = (*BUCKETS, "http", "https", "file", "ray")  # nothing is behind their paths
SECRET_NAMES = re.compile(
    r"(?i)[?&;#\s{](?!ssl_?key=)"
    r"(?:[\w.\s-]*(?:pass|pw|secret|token|credential|signature|bearer|cookie|jwt|odbc_connect|key)|auth|authorization|sig)"
    r"[\w.\s-]*=(?!\*\*\*)"
)
INSIDE = re.compile(r"[A-Za-z][\w+.-]*://[^\s'\"<>]+")
ROUNDS = 8  # of percent-encoding


def redact(address: str, *, bare: bool = False) -> str:
    """The address without what may be a secret in it; with `bare` also one that has no scheme, as HOST:PORT."""
    plain = _decoded(address)
    match = SCHEME.match(plain)
    if not match:
        login = BARE_LOGIN.match(plain) if bare else None
        return f"{HIDDEN}@{plain.rpartition('@')[2]}" if login else address
    scheme, rest = match[1].lower(), plain[match.end() :]
    is_encoded = not SCHEME.match(address)
    is_path = rest.startswith("/") and (scheme == "file" or scheme.partition("+")[0] == "sqlite")
    rest = rest if is_path else rest.lstrip("/")
    visible = rest if is_path else _without_login(scheme, rest)
    place, more = _split(visible, "[?#]" if is_path or scheme in ONLY_PATHS else "[?&;#]")
    has_more = scheme in ONLY_PATHS and re.search("[?#]", plain if is_encoded else address)
    is_secret = has_more or (scheme != "file" and SECRET_NAMES.search(more))
    visible = f"{place}?{HIDDEN}" if is_secret else visible
    return address if visible == rest else f"{match[1]}://{visible}"


def holds_secret(address: str, *, bare: bool = False) -> bool:
    """True if an address holds what may be a secret."""
    return redact(address, bare=bare) != address


def problem(where: str, address: str, remedy: str = REMEDY, *, bare: bool = False) -> list[Problem]:
    """The refusal of an address that may hold a secret, without the secret; [] for others."""
    visible = redact(address, bare=bare)
    return [Problem(where, RULE, visible, remedy)] if visible != address else []


def hide(text: str) -> str:
    """A text, such as an error of a library, whose addresses are without secrets."""
    return INSIDE.sub(lambda match: redact(match[0]), text)


def _split(text: str, marks: str) -> tuple[str, str]:
    """A text up to the first mark of a query, and the rest."""
    match = re.search(marks, text)
    return (text[: match.start()], text[match.start() :]) if match else (text, "")


def _decoded(text: str) -> str:
    for _ in range(ROUNDS):
        if (plain := unquote(text)) == text:
            break
        text = plain
    return text


def _without_login(scheme: str, rest: str) -> str:
    """The rest of an address behind its scheme, without a login before its last @ and a port that is no number."""
    login, at, place = rest.rpartition("@")
    authority = re.split("[/?#]", rest)[0]
    if scheme in BUCKETS and not re.search("[@:]", authority):
        login, at, place = "", "", rest  # of a directory, such as one that is named by an address of e-mail
    visible = ""
    if re.search("[?&;#]", login):
        return HIDDEN  # an @ in a query, or a ? in a password
    if at and scheme.partition("+")[0] in DATABASES:
        name = re.split("[:/?#]", login)[0]
        visible = f"{login}@" if name == login else f"{name}:{HIDDEN}@"
    elif at:
        visible = f"{HIDDEN}@"
    if not AUTHORITY.match(place):
        host = re.split(r"[:@\[\]/?#]", place)[0]
        path = re.split("[/?#]", place, maxsplit=1)
        place = f"{host}:{HIDDEN}" + (f"/{path[1]}" if path[1:] else "")
    return f"{visible}{place}"
