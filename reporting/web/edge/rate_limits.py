"""Rate limits of tries, by account and by network: answered with 429 and the time to wait. Gateways have none."""

from typing import Final

from flask import Flask, Response, current_app, make_response, render_template, request
from flask_babel import ngettext

from reporting.accounts.limit import (
    PASSWORD_BY_ACCOUNT,
    PASSWORD_BY_ACCOUNT_HERE,
    PASSWORD_BY_NETWORK,
    Limiter,
    TooManyTries,
    Try,
)
from reporting.web.edge.client_network import find_network
from reporting.web.edge.problem_json import Problem, show_problem
from reporting.web.edge.request_transaction import get_program

_EXTENSION: Final = "baraza_limiter"
_LONGEST: Final = 320  # characters of an address that are counted; the rest is cut
# Behind an unknown proxy all visitors have one network. They are not limited by it, or they would lock each other out.
_UNKNOWN_NETWORK: Final = ""


def configure_limits(app: Flask) -> None:
    """Give the application its rate limiter, and pages, API and phones an answer to too many tries."""
    program = app.extensions["baraza"]
    app.extensions[_EXTENSION] = Limiter(program.redis_url, program.settings.secret_key, program.database_url)
    app.register_error_handler(TooManyTries, _answer)


def get_limiter() -> Limiter:
    """Return the rate limiter of this application."""
    limiter: Limiter = current_app.extensions[_EXTENSION]
    return limiter


def try_by_network(kind: str) -> list[Try]:
    """Make a try by the network of this request; none where the network is unknown."""
    network = find_network(get_program().settings.forwarded_hops) or _UNKNOWN_NETWORK
    return [Try(kind, network)] if network else []


def count_by_network(kind: str) -> None:
    """Count a request of this network. Raises TooManyTries when there were too many."""
    count_or_refuse(*try_by_network(kind))


def count_or_refuse(*tries: Try) -> None:
    """Count a request. Raises TooManyTries when there were too many."""
    if not get_limiter().count(*tries):
        get_limiter().check(*tries)
        raise TooManyTries(1)  # the window has just ended


def try_of_account(kind: str, address: str) -> Try:
    """Make a try at an account, whether the account exists or not."""
    return Try(kind, address.strip().casefold()[:_LONGEST])


def try_password(address: str) -> list[Try]:
    """Make the tries at a password: this account from here, this account from anywhere, any account from here."""
    account = try_of_account(PASSWORD_BY_ACCOUNT, address)
    network = find_network(get_program().settings.forwarded_hops) or _UNKNOWN_NETWORK
    return [
        Try(PASSWORD_BY_ACCOUNT_HERE, f"{account.who}\x1f{network}"),
        account,
        *try_by_network(PASSWORD_BY_NETWORK),
    ]


def _answer(error: TooManyTries) -> Response:
    headers = {"Retry-After": str(error.retry_after_s)}
    if request.path.startswith("/api/"):
        return show_problem(Problem(429, "Too many tries. Wait, then try again.", headers=headers))
    minutes = -(-error.retry_after_s // 60)
    message = ngettext(
        "Too many tries. Please wait %(num)d minute, then try again.",
        "Too many tries. Please wait %(num)d minutes, then try again.",
        minutes,
    )
    if request.path.startswith("/openrosa/"):
        return Response(f"{message}\n", 429, headers, content_type="text/plain; charset=utf-8")
    response = make_response(render_template("refusal.html", message=message, status=429), 429)
    response.headers.extend(headers)
    return response
