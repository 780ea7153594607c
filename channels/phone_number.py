"""Normalisation of phone numbers to international form (E.164), on which all other code relies."""

import phonenumbers

_SHORTEST_DIGITS = 7  # a short code or an operator's name cannot be replied to and stays as it is


def spell_international(number: str, region: str | None) -> str:
    """Normalise `number` to international form (+9779800000001); what is no phone number is returned as it is.

    Gateways in one country write national numbers, or leave out the plus. Without normalisation one person would be two
    contacts. `region` is the ISO 3166-1 country of the gateway.
    """
    trimmed = number.strip()
    if sum(character.isdigit() for character in trimmed) < _SHORTEST_DIGITS or any(c.isalpha() for c in trimmed):
        return trimmed
    readings = [found for found in (_read(trimmed, region), _read(f"+{trimmed.lstrip('+0')}", None)) if found]
    # Digits without a plus may be national or international. The reading that is valid in its numbering plan wins.
    for is_right in (phonenumbers.is_valid_number, phonenumbers.is_possible_number):
        for reading in readings:
            if is_right(reading):
                return str(phonenumbers.format_number(reading, phonenumbers.PhoneNumberFormat.E164))
    return trimmed


def _read(number: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    if region is None and not number.startswith("+"):
        return None
    try:
        return phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
