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
    for candidate, assumed in ((trimmed, region), (f"+{trimmed.lstrip('+0')}", None)):
        if assumed is None and not candidate.startswith("+"):
            continue
        try:
            parsed = phonenumbers.parse(candidate, assumed)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(parsed):
            return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    return trimmed
