"""HTTP calls to gateways, whose failures become SendError."""

from collections.abc import Mapping
from typing import Any

import requests

from channels.base.errors import SendError

_TIMEOUT_S = 10
_RETRYABLE = frozenset({408, 425, 429})


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, Any] | None = None,
    form: Mapping[str, Any] | bytes | None = None,
    json: Any = None,
    auth: tuple[str, str] | None = None,
) -> requests.Response:
    """Make one call and return the response, whose status is below 300.

    Redirects are not followed. Raises SendError, retryable when the gateway was unreachable, overloaded or failed
    itself.
    """
    try:
        response = requests.request(
            method, url, headers=headers, params=params, data=form, json=json, auth=auth,
            timeout=_TIMEOUT_S, allow_redirects=False,
        )  # fmt: skip
    except requests.RequestException as error:
        raise SendError(type(error).__name__, retryable=True) from None
    if response.status_code >= 300:
        status = response.status_code
        raise SendError(f"http_{status}", retryable=status >= 500 or status in _RETRYABLE)
    return response


def read_json(response: requests.Response) -> Any:
    """Parse the JSON of a response.

    Raises SendError if there is none: then it is unknown whether the message was sent.
    """
    try:
        return response.json()
    except ValueError:
        raise SendError("no_json", retryable=False) from None
