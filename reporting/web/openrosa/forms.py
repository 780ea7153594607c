"""The forms for ODK Collect: XLSForms that were imported into a campaign."""

from dataclasses import dataclass

from sqlalchemy import Connection, Select, select

from channels.built_in.openrosa import keep_answers_here
from reporting.campaigns.definition import Form, read_conversation
from reporting.models.campaign import Campaign, Xform

Bound = frozenset[int] | None


@dataclass(frozen=True, slots=True)
class CarriedForm:
    """A form of a campaign. `xml` is the XForm by pyxform, `asked` its questions, None where the campaign has none."""

    campaign_id: int
    campaign: str
    code: str
    title: str
    version: str
    xml: str
    asked: Form | None


def list_forms(connection: Connection, slug: str | None, bound: Bound = None) -> list[CarriedForm]:
    """List the forms of a campaign, or of all. Of two with the same code the first campaign by name wins.

    Here and below `bound` are the ids of the campaigns that the account may see, None for all.
    """
    found: dict[str, CarriedForm] = {}
    for row in connection.execute(_select(slug)):
        if bound is not None and row.campaign_id not in bound:
            continue
        asked = next((form for form in read_conversation(row.conversation).forms if form.code == row.code), None)
        xml = keep_answers_here(row.xml)  # an older import may still redirect or encrypt answers
        form = CarriedForm(row.campaign_id, row.slug, row.code, row.title, row.version, xml, asked)
        found.setdefault(form.code, form)
    return list(found.values())


def find_form(connection: Connection, slug: str | None, code: str, bound: Bound = None) -> CarriedForm | None:
    """Find the form of this code, by the rule of `list_forms`."""
    return next((form for form in list_forms(connection, slug, bound) if form.code == code), None)


def stand_in(connection: Connection, slug: str | None, code: str, bound: Bound = None) -> CarriedForm | None:
    """Make a form in place of one that no campaign has (any more); None where there is no campaign at all.

    The form was filled in all the same, so it belongs to the requested campaign, else to the first by name.
    """
    query = select(Campaign.id, Campaign.slug).order_by(Campaign.name, Campaign.id).limit(1)
    if slug is not None:
        query = query.where(Campaign.slug == slug)
    row = connection.execute(query if bound is None else query.where(Campaign.id.in_(bound))).first()
    return CarriedForm(row.id, row.slug, code, code, "", "", None) if row is not None else None


def has_campaign(connection: Connection, slug: str, bound: Bound = None) -> bool:
    """Return whether there is a campaign of this slug that the account may see."""
    query = select(Campaign.id).where(Campaign.slug == slug)
    found = None if "\x00" in slug else connection.execute(query).scalar()
    return found is not None and (bound is None or found in bound)


def _select(slug: str | None) -> Select[tuple[int, str, str, str, str, str, dict[str, object]]]:
    query = (
        select(
            Xform.campaign_id, Campaign.slug, Xform.code, Xform.title, Xform.version, Xform.xml, Campaign.conversation
        )
        .join(Campaign, Campaign.id == Xform.campaign_id)
        .order_by(Campaign.name, Campaign.id, Xform.code)
    )
    return query.where(Campaign.slug == slug) if slug is not None else query
