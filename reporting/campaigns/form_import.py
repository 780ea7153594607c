"""Adds a form that was imported from a workbook to a campaign's conversation, and stores its XForm."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from reporting.campaigns.campaign import CampaignError, first_fault, save_conversation
from reporting.campaigns.schema import FormSchema
from reporting.campaigns.xlsform import ImportedForm
from reporting.models.campaign import Campaign, Xform


def get_main_language(connection: Connection, campaign_id: int) -> str:
    """Get the default language of a campaign."""
    return str(connection.execute(select(Campaign.languages[1]).where(Campaign.id == campaign_id)).scalar_one())


def add_form(connection: Connection, campaign_id: int, form: ImportedForm) -> bool:
    """Add the form to the campaign, or replace the one of its code; return whether it replaced one.

    Raises CampaignError when it does not fit the campaign or its other forms.
    """
    checked = _check(form)
    query = select(Campaign.conversation).where(Campaign.id == campaign_id).with_for_update()
    before = connection.execute(query).scalar_one()
    forms: list[Mapping[str, Any]] = list(before.get("forms", ()))
    position = next((index for index, other in enumerate(forms) if other["code"] == checked["code"]), None)
    if position is None:
        forms.append(checked)
    else:
        forms[position] = checked
    save_conversation(connection, campaign_id, before | {"forms": forms})
    kept = {"title": form.title, "version": form.version, "xml": form.xform, "imported_at": func.now()}
    connection.execute(
        insert(Xform)
        .values(campaign_id=campaign_id, code=checked["code"], **kept)
        .on_conflict_do_update(index_elements=["campaign_id", "code"], set_=kept)
    )
    return position is not None


def _check(form: ImportedForm) -> dict[str, Any]:
    try:
        return dict(FormSchema().load(form.values))
    except ValidationError as error:
        raise CampaignError(f"form {form.values['code']}: {first_fault(error.messages)}") from None
