"""Twilio's REST client, for Twilio's own server or another one with the same API."""

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

API_URL = "https://api.twilio.com"
_TIMEOUT_S = 10


def make_client(account_sid: str, auth_token: str, api_url: str | None = None) -> Client:
    """Make the client of an account; `api_url` is another server than Twilio's."""
    http = _RedirectedClient(api_url) if api_url else TwilioHttpClient(timeout=_TIMEOUT_S)
    return Client(account_sid, auth_token, http_client=http)


class _RedirectedClient(TwilioHttpClient):  # type: ignore[misc]
    """Sends the same requests to another server with Twilio's API (a private one, or a test's)."""

    def __init__(self, api_url: str) -> None:
        super().__init__(timeout=_TIMEOUT_S)
        self._api_url = api_url.rstrip("/")

    def request(self, method, url, *args, **kwargs):  # type: ignore[no-untyped-def]
        return super().request(method, url.replace(API_URL, self._api_url, 1), *args, **kwargs)
