"""Sender authentication of email messages by our own mail server's Authentication-Results header (RFC 8601)."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

_LONGEST: Final = 10_000  # characters of a header
_PASSED: Final = re.compile(r"(dmarc|dkim)\s{0,9}=\s{0,9}pass\b", re.IGNORECASE)
_DOMAIN: Final = re.compile(r"\s(header\.from|header\.d)\s{0,9}=\s{0,9}([A-Za-z0-9._-]+)(?=\s|\Z)", re.IGNORECASE)


def is_vouched_for(results: Iterable[str], server: str, sender: str) -> bool:
    """Tell whether `server` has authenticated the domain of the address `sender`.

    `results` are the Authentication-Results headers from the top. Only the first one of that server counts: headers
    below it may come from the message itself. It is enough that DMARC passed for the domain, or DKIM for the domain or
    one above it.
    """
    domain = sender.rpartition("@")[2].casefold().rstrip(".")
    for header in results:
        name, *statements = _leave_plain(header).split(";")
        if name.split()[:1] and name.split()[0].casefold() == server.casefold():
            return any(_covers(vouched, domain) for vouched in _list_domains(statements))
    return False


def _leave_plain(header: str) -> str:
    """Remove quoted words and comments from a header, however nested.

    All its statements too where one of them does not end.
    """
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
    """List (method, domain) of every check that passed."""
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
