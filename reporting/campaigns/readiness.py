"""Readiness of a campaign: what it must state before people are asked to report, such as who reads it and who helps."""

from collections.abc import Mapping
from typing import Any, Final

REQUIRED: Final = ("organisation", "contact", "privacy_notice", "emergency_line")


def list_missing(
    organisation: str | None, contact: str | None, privacy_notice: Mapping[str, Any], conversation: Mapping[str, Any]
) -> list[str]:
    """List which of `REQUIRED` are missing. A hotline text counts as an emergency line."""
    has_help = bool(conversation.get("emergency_line") or conversation.get("hotline"))
    said = {
        "organisation": bool(organisation and organisation.strip()),
        "contact": bool(contact and contact.strip()),
        "privacy_notice": bool(privacy_notice),
        "emergency_line": has_help,
    }
    return [name for name in REQUIRED if not said[name]]
