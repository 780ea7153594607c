"""Phone numbers in the one spelling that everything else relies on."""

import phonenumbers

_SHORTEST_DIGITS = 7  # a short code or a network's name takes no reply and is left as it is


def spell_international(number: str, region: str | None) -> str:
    """`number` with its country code (+9779800000001), or as it is where it is no phone number.

    Gateways in one country write national numbers, or leave the plus away; without one spelling the same person would
    be two. `region` is the ISO 3166-1 country of the gateway.
    """
    trimmed = number.strip()
    if sum(character.isdigit() for character in trimmed) < _SHORTEST_DIGITS or any(c.isalpha() for c in trimmed):
        return trimmed
    readings = [found for found in (_read(trimmed, region), _read(f"+{trimmed.lstrip('+0')}", None)) if found]
    # Digits without a plus may be a national number or an international one. What numbering plans know comes first.
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
