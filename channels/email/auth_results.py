"""Whether our own mail server vouches for who a letter is from, by what it wrote on top of it (RFC 8601)."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

_LONGEST: Final = 10_000  # characters of a header
_PASSED: Final = re.compile(r"(dmarc|dkim)\s{0,9}=\s{0,9}pass\b", re.IGNORECASE)
_DOMAIN: Final = re.compile(r"\s(header\.from|header\.d)\s{0,9}=\s{0,9}([A-Za-z0-9._-]+)(?=\s|\Z)", re.IGNORECASE)


def is_vouched_for(results: Iterable[str], server: str, sender: str) -> bool:
    """Whether `server` says that a letter is from the domain of the address `sender`.

    `results` are the headers Authentication-Results from the top. Only the first one of that server counts: what
    stands below it, the letter may have brought along. It is enough that the domain's own rules are kept (DMARC), or
    that the domain or one above it has signed (DKIM).
    """
    domain = sender.rpartition("@")[2].casefold().rstrip(".")
    for header in results:
        name, *statements = _leave_plain(header).split(";")
        if name.split()[:1] and name.split()[0].casefold() == server.casefold():
            return any(_covers(vouched, domain) for vouched in _list_domains(statements))
    return False


def _leave_plain(header: str) -> str:
    """The header without quoted words and comments, however deep; without its statements where one does not end."""
    plain: list[str] = []
    depth, is_quoted, is_whole = 0, False, True
    signs = iter(header[:_LONGEST])
    for sign in signs:
        if sign == "\\":
            next(signs, None)
            is_whole &= depth > 0 or is_quoted
        elif sign == '"':
            is_quoted = not is_quoted
            if depth == 0 and not is_quoted:
                plain.append('""')
        elif is_quoted:
            continue
        elif sign in "()":
            depth += 1 if sign == "(" else -1
            is_whole &= depth >= 0
            plain.append(" ")
        elif depth == 0:
            plain.append(sign)
    whole = "".join(plain)
    return whole if is_whole and depth == 0 and not is_quoted else whole.partition(";")[0]


def _list_domains(statements: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Method and domain of every check that was passed."""
    for statement in statements:
        passed = _PASSED.match(statement.strip())
        if passed is None:
            continue
        wanted = "header.from" if passed[1].casefold() == "dmarc" else "header.d"
        for kind, domain in _DOMAIN.findall(statement):
            if kind.casefold() == wanted:
                yield passed[1].casefold(), domain.casefold().rstrip(".")


def _covers(vouched: tuple[str, str], domain: str) -> bool:
    method, of = vouched
    return domain == of or (method == "dkim" and "." in of and domain.endswith(f".{of}"))
