"""Normalisation of phone numbers to international form (E.164), on which all other code relies."""

import re
from typing import Final

import phonenumbers

_SHORTEST_DIGITS = 7  # a short code or an operator's name cannot be replied to and stays as it is
_SCHEME: Final = re.compile(r"^(?:tel|sms|callto):(?:/{2})?", re.IGNORECASE)  # RFC 3966, RFC 5724
_TRUNK: Final = re.compile(r"\(0\)")  # "+44 (0) 20 ...": dialled only within the country
_THOUSANDS: Final = re.compile(r"\+?\d{1,3}(?:[,'’]\d{3}){2,5}")  # by a spreadsheet


def spell_international(number: str, region: str | None) -> str:
    """Normalise `number` to international form (+9779800000001); what is no phone number is returned as it is.

    Gateways in one country write national numbers, or leave out the plus. Without normalisation one person would be two
    contacts. `region` is the ISO 3166-1 country of the gateway.
    """
    trimmed = number.strip()
    written = _TRUNK.sub("", _SCHEME.sub("", trimmed).replace("( 0 )", "(0)"))
    if _THOUSANDS.fullmatch(written):
        written = re.sub(r"[,'’]", "", written)
    if sum(character.isdigit() for character in written) < _SHORTEST_DIGITS or any(c.isalpha() for c in written):
        return trimmed
    readings = [found for found in (_read(written, region), _read(f"+{written.lstrip('+0')}", None)) if found]
    # Digits without a plus may be national or international. The reading that is valid in its numbering plan wins.
    for is_right in (phonenumbers.is_valid_number, phonenumbers.is_possible_number):
        for reading in readings:
            if is_right(reading):
                return str(phonenumbers.format_number(reading, phonenumbers.PhoneNumberFormat.E164))
    return trimmed


def find_international(number: str | None, region: str | None) -> str | None:
    """Normalise a field that may be missing or empty; None where it holds nothing."""
    return (spell_international(number, region) or None) if number else None


def _read(number: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    if region is None and not number.startswith("+"):
        return None
    try:
        return phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
