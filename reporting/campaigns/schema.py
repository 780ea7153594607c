"""Schema of the `conversation` in a campaign's definition: keys and allowed values.

Checks between several keys are in `consistency.py`.
"""

from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from babel.numbers import list_currencies
from marshmallow import Schema, ValidationError, fields, validate

from reporting.campaigns.definition import EXPIRY_H, PLACE_QUESTIONS_MOST, REPLIES_PER_HOUR
from reporting.campaigns.washington_group import ANSWERS, DOMAINS

CHOICES_MOST: Final = 9  # one key of a phone
CANNED_MOST: Final = 50
NOTICE_LONGEST: Final = 5_000  # characters
SENSITIVE_REASONS: Final = ("gender_based_violence", "minor", "self_harm", "named_perpetrator")

# Names of XLSForm questions are allowed unchanged, because ODK Collect sends its answers under them.
_CODE: Final = validate.Regexp(
    r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$", error="letters, digits, '_', '-' and '.' only, no blanks"
)
_QUOTE: Final = "not a text; write it in quotation marks"  # YAML reads yes, no, 12 and 21:00 as other types


def _check_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValidationError(_QUOTE)
    if not value.strip():
        raise ValidationError("no text")
    return " ".join(value.split())


class Text(fields.String):
    """A text on one line."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        return _check_text(value)


class Texts(fields.Field[dict[str, str]]):
    """A text by language, each on one line."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, str]:
        return {language: _at(language, _check_text, text) for language, text in _check_mapping(value).items()}


class Notices(fields.Field[dict[str, str]]):
    """A text of several paragraphs by language, as it is shown on a page."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, str]:
        return {language: _at(language, _check_notice, text) for language, text in _check_mapping(value).items()}


class _WordLists(fields.Field[dict[str, list[str]]]):
    """Lists of words by language."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, list[str]]:
        return {language: _at(language, _check_list, words) for language, words in _check_mapping(value).items()}


class _Price(fields.Field[str]):
    """An amount of money, kept as it is written."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        try:
            price = Decimal(str(value))
        except InvalidOperation:
            raise ValidationError("not an amount of money") from None
        if isinstance(value, bool) or not price.is_finite() or price < 0:
            raise ValidationError("not an amount of money")
        return str(price)


class _Clock(fields.Field[str]):
    """A time of day as HH:MM. YAML reads an unquoted 21:00 as the number of its minutes."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
            return time(value // 60, value % 60).isoformat("minutes")
        try:
            return time.fromisoformat(value).isoformat("minutes")
        except (TypeError, ValueError):
            raise ValidationError("not a time of day such as 21:00") from None


def _check_notice(value: object) -> str:
    _check_text(value)
    paragraphs = (" ".join(line.split()) for line in str(value).strip().splitlines())
    notice = "\n".join(paragraphs)
    if len(notice) > NOTICE_LONGEST:
        raise ValidationError(f"has {len(notice)} characters, at most {NOTICE_LONGEST} are shown")
    return notice


def _check_mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(language, str) for language in value):
        raise ValidationError("expected one entry by language, such as {en: ..., fr: ...}")
    return value


def _check_list(value: object) -> list[str]:
    if not isinstance(value, list):
        raise ValidationError("expected a list")
    return [_check_text(word) for word in value]


def _at(place: str, check: Any, value: object) -> Any:
    """Check a value with `check`. Raises ValidationError with the place in front of the fault."""
    try:
        return check(value)
    except ValidationError as error:
        raise ValidationError({place: error.messages}) from None


class _ChoiceSchema(Schema):
    code = Text(required=True, validate=_CODE)
    label = Texts(required=True)
    words = _WordLists()


class _QuestionSchema(Schema):
    code = Text(required=True, validate=_CODE)
    kind = fields.String(required=True, validate=validate.OneOf(["choice", "number", "text", "place"]))
    text = Texts(required=True)
    choices = fields.List(
        fields.Nested(_ChoiceSchema), validate=validate.Length(2, CHOICES_MOST, error="two to nine choices")
    )
    required = fields.Boolean()
    when = fields.Dict(keys=fields.String(), values=Text())
    low = fields.Float()
    high = fields.Float()


class FormSchema(Schema):
    """One form."""

    code = Text(required=True, validate=_CODE)
    topic = Text()
    keywords = _WordLists()
    questions = fields.List(
        fields.Nested(_QuestionSchema), required=True, validate=validate.Length(1, 40, error="one to forty questions")
    )


_WordingsSchema = Schema.from_dict({name: Text(required=True) for name in (*DOMAINS, *ANSWERS)}, name="_Wordings")
_QuietHoursSchema = Schema.from_dict({"from": _Clock(required=True), "until": _Clock(required=True)}, name="_Quiet")


class _PersonSchema(Schema):
    sex = fields.Boolean()
    age_band = fields.Boolean()
    washington_group = fields.Boolean()
    affected = fields.Boolean()
    washington_group_texts = fields.Dict(
        keys=fields.String(validate=validate.NoneOf(["en"], error="English is built in")),
        values=fields.Nested(_WordingsSchema),
    )


class _CannedReplySchema(Schema):
    code = Text(required=True, validate=_CODE)
    text = Texts(required=True)


class ConversationSchema(Schema):
    """The fields of a campaign's `conversation`; `load` gives what the column `campaign.conversation` holds."""

    forms = fields.List(fields.Nested(FormSchema))
    person = fields.Nested(_PersonSchema)
    place_questions = fields.Integer(strict=True, validate=validate.Range(0, PLACE_QUESTIONS_MOST))
    expiry_hours = fields.Integer(strict=True, validate=validate.Range(1, 30 * EXPIRY_H))
    emergency_line = Texts()
    hotline = Texts()
    sensitive_words = fields.Dict(
        keys=fields.String(validate=validate.OneOf(SENSITIVE_REASONS, error="one of: {choices}")), values=_WordLists()
    )
    canned_replies = fields.List(
        fields.Nested(_CannedReplySchema), validate=validate.Length(max=CANNED_MOST, error="at most {max} texts")
    )
    quiet_hours = fields.Nested(_QuietHoursSchema)
    prices = fields.Dict(
        keys=fields.String(validate=validate.Regexp(r"^[a-z][a-z0-9_-]*$", error="not the name of a channel")),
        values=_Price(),
    )
    currency = fields.String(validate=validate.OneOf(sorted(list_currencies()), error="no currency of ISO 4217"))
    news = fields.Boolean()
    answers_per_hour = fields.Integer(strict=True, validate=validate.Range(10, 1_000_000))
    replies_per_hour = fields.Integer(strict=True, validate=validate.Range(1, 10 * REPLIES_PER_HOUR))
