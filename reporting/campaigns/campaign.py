"""Campaign definitions: reads one YAML file, checks it field by field, and stores it as rows."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import yaml
from marshmallow import Schema, ValidationError, fields, post_load, validate
from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from channels.twilio import channel as twilio
from config.errors import UserError
from geo.spatial_sql import bump_gazetteer_version
from reporting.campaigns.best_guess import BEST_GUESS, BestGuessSchema
from reporting.campaigns.consistency import check_together
from reporting.campaigns.cube_use import CUBES, CubesSchema, bring_cube_forward
from reporting.campaigns.location_privacy import LOCATION_PRIVACY, LocationPrivacySchema
from reporting.campaigns.mapping_to_dhis2 import DHIS2, DHIS2Schema
from reporting.campaigns.offices import OFFICES, OfficesSchema
from reporting.campaigns.retention_policy import RETENTION, RetentionSchema
from reporting.campaigns.schema import ConversationSchema, Notices, Text
from reporting.campaigns.second_reading_policy import SECOND_READING, SecondReadingSchema
from reporting.languages.sms_texts import spoken_languages
from reporting.models.campaign import Campaign, CampaignAddress, Topic, Xform

_SLUG = validate.Regexp(r"^[a-z0-9][a-z0-9-]{0,62}$", error="small letters, digits and hyphens only")


class CampaignError(UserError):
    """An invalid definition or an unknown campaign; the message gives fault and place in one line."""


class _TopicSchema(Schema):
    code = fields.String(required=True, validate=_SLUG)
    name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    keywords = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), load_default=dict)
    incident_window_h = fields.Integer(data_key="window_hours", load_default=72, validate=validate.Range(1, 24 * 366))
    sensitivity = fields.String(load_default="moderate", validate=validate.OneOf(["low", "moderate", "high", "severe"]))
    is_urgent = fields.Boolean(data_key="urgent", load_default=False)


class _AddressSchema(Schema):
    channel = fields.String(required=True)
    address = fields.String(required=True)


class DefinitionSchema(Schema):
    """The fields of a campaign's definition."""

    slug = fields.String(required=True, validate=_SLUG)
    name = fields.String(required=True, validate=validate.Length(1, 200))
    country = fields.String(required=True, validate=validate.Regexp(r"^[A-Z]{2}$", error="two capital letters"))
    languages = fields.List(fields.String(), required=True, validate=validate.Length(1, 20))
    timezone = fields.String(load_default="UTC", validate=validate.OneOf(available_timezones(), error="no time zone"))
    organisation = Text(validate=validate.Length(1, 100))
    contact = Text(validate=validate.Length(1, 200))
    privacy_notice = Notices()
    number = fields.String()  # short for one campaign address on the channel `twilio`
    lines = fields.List(fields.Nested(_AddressSchema), load_default=list)
    topics = fields.List(fields.Nested(_TopicSchema), load_default=list)
    settings = fields.Dict(keys=fields.String(), load_default=dict)
    conversation = fields.Nested(ConversationSchema)

    @post_load
    def _check_topics(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        codes = [topic["code"] for topic in data["topics"]]
        if len(codes) != len(set(codes)):
            raise ValidationError("two topics have the same code", "topics")
        check_conversation(data.get("conversation", {}), data["languages"], codes)
        data["settings"] = bring_cube_forward(data["settings"])
        _check_settings(data["settings"])
        _check_notice(data.get("privacy_notice"), data["languages"])
        if number := data.pop("number", None):
            data["lines"].append({"channel": twilio.NAME, "address": number})
        return data


def _check_notice(notice: Mapping[str, str] | None, languages: Sequence[str]) -> None:
    if notice is None:
        return
    if languages[0] not in notice:
        raise ValidationError(f"no text in {languages[0]!r}, the campaign's first language", "privacy_notice")
    known = {*languages, *spoken_languages()}
    for language in notice:
        if language not in known:
            raise ValidationError(f"{language!r} is none of the languages {', '.join(sorted(known))}", "privacy_notice")


def _check_settings(settings: Mapping[str, Any]) -> None:
    if DHIS2 in settings and (faults := DHIS2Schema().validate(settings[DHIS2])):
        raise ValidationError({f"settings.{DHIS2}": faults})
    if faults := OfficesSchema().validate({OFFICES: settings.get(OFFICES, [])}):
        raise ValidationError({"settings": faults})
    if faults := RetentionSchema().validate(settings.get(RETENTION, {})):
        raise ValidationError({f"settings.{RETENTION}": faults})
    if faults := LocationPrivacySchema().validate(settings.get(LOCATION_PRIVACY, {})):
        raise ValidationError({f"settings.{LOCATION_PRIVACY}": faults})
    if faults := BestGuessSchema().validate(settings.get(BEST_GUESS, {})):
        raise ValidationError({f"settings.{BEST_GUESS}": faults})
    if faults := SecondReadingSchema().validate(settings.get(SECOND_READING, {})):
        raise ValidationError({f"settings.{SECOND_READING}": faults})
    if faults := CubesSchema().validate({CUBES: settings.get(CUBES, {})}):
        raise ValidationError({"settings": faults})


def check_conversation(values: Mapping[str, Any], languages: Sequence[str], topics: Collection[str]) -> None:
    """Check that the parts of a conversation are consistent. Raises ValidationError that begins with `conversation`."""
    try:
        check_together(values, languages, topics)
    except ValidationError as error:
        raise ValidationError({"conversation": error.messages}) from None


def read_definition(source: str, where: str) -> dict[str, Any]:
    """Read and check a definition. Raises CampaignError with the first fault and its place."""
    return check_definition(read_values(source, where), where)


def read_values(source: str, where: str) -> dict[str, Any]:
    """Read a definition without checking it. Raises CampaignError if it is not a YAML mapping."""
    try:
        loaded = yaml.safe_load(source)
    except yaml.YAMLError as error:
        raise CampaignError(f"{where}: not YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(loaded, dict):
        raise CampaignError(f"{where}: a definition is a mapping with slug, name, country, languages")
    return loaded


def check_definition(values: dict[str, Any], where: str) -> dict[str, Any]:
    """Check a definition that does not come from a file. Raises CampaignError."""
    try:
        return dict(DefinitionSchema().load(values))
    except ValidationError as error:
        raise CampaignError(f"{where}: {first_fault(error.messages)}") from None


def read_topics(path: Path) -> list[Any]:
    """Read the topics of a YAML file: a list, or a mapping with `topics`. Raises CampaignError."""
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CampaignError(f"{path.name}: {str(error).splitlines()[0]}") from None
    topics = loaded.get("topics") if isinstance(loaded, dict) else loaded
    if not isinstance(topics, list):
        raise CampaignError(f"{path.name}: expected a list of topics")
    return topics


def create_campaign(connection: Connection, definition: dict[str, Any]) -> int:
    """Create the campaign, or update the one of that slug to the definition; topics that reports use are kept."""
    values = {name: definition[name] for name in ("slug", "name", "country", "languages", "timezone", "settings")}
    # A definition without these keeps the stored values.
    values |= {name: definition[name] for name in ("organisation", "contact", "privacy_notice") if name in definition}
    statement = insert(Campaign).values(values)
    campaign_id = connection.execute(
        statement.on_conflict_do_update(index_elements=["slug"], set_=values).returning(Campaign.id)
    ).scalar_one()
    for topic in definition["topics"]:
        connection.execute(
            insert(Topic)
            .values(campaign_id=campaign_id, **topic)
            .on_conflict_do_update(index_elements=["campaign_id", "code"], set_=topic)
        )
    for address in definition["lines"]:
        connection.execute(
            insert(CampaignAddress)
            .values(campaign_id=campaign_id, **address)
            .on_conflict_do_update(index_elements=["channel", "address"], set_={"campaign_id": campaign_id})
        )
    connection.execute(
        text(
            "INSERT INTO gazetteer (campaign_id, version) VALUES (:id, 1)"
            " ON CONFLICT (campaign_id) DO UPDATE SET version = gazetteer.version + 1"
        ),
        {"id": campaign_id},
    )
    if (conversation := definition.get("conversation")) is not None:
        save_conversation(connection, campaign_id, _keep_imported_forms(connection, campaign_id, conversation))
    return int(campaign_id)


def save_conversation(connection: Connection, campaign_id: int, values: Mapping[str, Any]) -> None:
    """Store the conversation settings of a campaign. Raises CampaignError if they do not fit the campaign."""
    campaign = connection.execute(select(Campaign.slug, Campaign.languages).where(Campaign.id == campaign_id)).one()
    topics = connection.execute(select(Topic.code).where(Topic.campaign_id == campaign_id)).scalars().all()
    try:
        check_conversation(values, campaign.languages, topics)
    except ValidationError as error:
        raise CampaignError(f"{campaign.slug}: {first_fault(error.messages)}") from None
    connection.execute(update(Campaign).where(Campaign.id == campaign_id).values(conversation=dict(values)))
    bump_gazetteer_version(connection, campaign_id)  # tells workers to reload the campaign


def _keep_imported_forms(connection: Connection, campaign_id: int, conversation: dict[str, Any]) -> dict[str, Any]:
    """Keep forms imported from workbooks, unless the definition has a form of the same code."""
    defined = [form["code"] for form in conversation.get("forms", ())]
    of_campaign = Xform.campaign_id == campaign_id
    connection.execute(delete(Xform).where(of_campaign, Xform.code.in_(defined)))
    imported = set(connection.execute(select(Xform.code).where(of_campaign)).scalars())
    before = connection.execute(select(Campaign.conversation).where(Campaign.id == campaign_id)).scalar_one()
    kept = [form for form in before.get("forms", ()) if form["code"] in imported]
    return conversation | {"forms": [*conversation.get("forms", ()), *kept]}


def get_campaign_id(connection: Connection, slug: str | None) -> int:
    """Get the id of the campaign with that slug; without a slug, of the only campaign. Raises CampaignError."""
    found = connection.execute(select(Campaign.id, Campaign.slug).order_by(Campaign.slug)).all()
    if slug is None:
        if len(found) == 1:
            return int(found[0].id)
        which = f"say which with --campaign: {', '.join(row.slug for row in found)}" if found else "create one first"
        raise CampaignError(f"there are {len(found)} campaigns; {which}")
    for row in found:
        if row.slug == slug:
            return int(row.id)
    raise CampaignError(f"there is no campaign {slug!r}")


def first_fault(messages: Any, path: str = "") -> str:
    """Format the first of marshmallow's messages as one line with its place."""
    if isinstance(messages, dict):
        key, value = next(iter(messages.items()))
        if path and set(messages) <= {"key", "value"}:  # how marshmallow names the two sides of an entry
            return first_fault(value, path)
        return first_fault(value, f"{path}.{key}" if path else str(key))
    if isinstance(messages, list):
        return first_fault(messages[0], path)
    return f"{path}: {messages}"
