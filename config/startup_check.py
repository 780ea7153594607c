"""The start-up check: stops an installation that could not receive anything, with one line for its operator."""

from urllib.parse import urlsplit

from config.address import is_loopback
from config.errors import SettingsError
from config.settings import Settings


def check_start(settings: Settings) -> None:
    """Check at the start of the web server that webhooks would not all be refused. Raises SettingsError."""
    if settings.is_development or not settings.twilio_account_sid:
        return
    if settings.twilio_api_url and is_loopback(urlsplit(settings.twilio_api_url).hostname):
        return  # a simulated Twilio on this machine, which calls us locally
    if settings.is_public_url_made_up:
        raise SettingsError(
            "TWILIO_ACCOUNT_SID without PUBLIC_URL: Twilio signs for the public address, so every message would be"
            " refused; set PUBLIC_URL=https://..."
        )
    if settings.is_twilio_token_made_up and not settings.twilio_shared_keys:
        raise SettingsError(
            "TWILIO_ACCOUNT_SID without TWILIO_AUTH_TOKEN: no signature of Twilio's could be checked, so every message"
            " would be refused; set the token of the account"
        )
