"""What a campaign must say before people are asked to write to it: who reads their words, and where help is."""

from collections.abc import Mapping
from typing import Any, Final

REQUIRED: Final = ("organisation", "contact", "privacy_notice", "emergency_line")


def list_missing(
    organisation: str | None, contact: str | None, privacy_notice: Mapping[str, Any], conversation: Mapping[str, Any]
) -> list[str]:
    """List what is missing of `REQUIRED`. A hotline text is an emergency line too."""
    has_help = bool(conversation.get("emergency_line") or conversation.get("hotline"))
    said = {
        "organisation": bool(organisation and organisation.strip()),
        "contact": bool(contact and contact.strip()),
        "privacy_notice": bool(privacy_notice),
        "emergency_line": has_help,
    }
    return [name for name in REQUIRED if not said[name]]
