"""Moderators see whether something is known of the people of a report, and never what."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.functional.web.moderate.test_moderation_pages import Office, moderator, office

__all__ = ["moderator", "office"]

TELL = """
    INSERT INTO reporter_profile (campaign_id, contact_id, report_id, version, sex, sex_why, age, age_why, difficulty,
                                  difficulty_why, created_at)
    SELECT :campaign, :contact, :report, :version, :sex, :sex_why, 'Y30T34', 'answered', '{}', 'refused', reported_at
      FROM report WHERE id = :report
"""
AFFECT = """
    INSERT INTO affected (report_id, role, role_why, number, number_why, age, age_why, difficulty, difficulty_why)
    VALUES (:report, 'household', 'answered', 4711, 'answered', 'Y85T89', 'answered', '{"see": 4}', 'answered')
"""


def tell(office: Office, report_id: int, contact_id: int | None, version: int = 1, sex: str | None = "_O") -> None:
    """What a sender told."""
    values = {"campaign": office.campaign, "contact": contact_id, "report": report_id, "version": version, "sex": sex}
    with office.program.app.begin() as connection:
        connection.execute(text(TELL), values | {"sex_why": "unknown" if sex is None else "answered"})


def list_shown(page: str) -> dict[str, dict[str, str]]:
    """What the page says is known, by person and item."""
    [part] = re.findall(r'<section id="people".*?</section>', page, re.DOTALL)
    people = re.findall(r"<h3>(.*?)</h3>(.*?)</dl>", part, re.DOTALL)
    return {name: dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", items)) for name, items in people}


def test_whether_something_is_known_is_shown_and_never_what(moderator: FlaskClient, office: Office) -> None:
    contact_id = office.add_contact()
    report_id = office.add_report(contact_id=contact_id)
    tell(office, report_id, contact_id)
    with office.program.app.begin() as connection:
        connection.execute(text(AFFECT), {"report": report_id})
    page = moderator.get(f"/moderate/reports/{report_id}").text
    difficulties = "Difficulties in daily activities"
    assert list_shown(page) == {
        "Sender": {"Sex": "known", "Age": "known", difficulties: "not known"},
        "Who is affected": {"How many people": "known", "Sex": "not known", "Age": "known", difficulties: "known"},
    }
    for value in ("_O", "Y30T34", "Y85T89", "refused", "household", "4711", "see"):
        assert not re.search(rf"\b{value}\b", re.search(r'<section id="people".*?</section>', page, re.DOTALL)[0])  # type: ignore[index]
    for value in ("Y30T34", "Y85T89", "4711"):
        assert value not in page


def test_the_version_in_force_is_the_one_that_counts(moderator: FlaskClient, office: Office) -> None:
    contact_id = office.add_contact()
    days = ("2026-09-01", "2026-10-01", "2026-10-15", "2026-11-01")
    reports = [office.add_report(contact_id=contact_id, reported_at=f"{day}T12:00Z") for day in days]
    tell(office, reports[1], contact_id)
    tell(office, reports[3], contact_id, version=2, sex=None)
    shown = [list_shown(moderator.get(f"/moderate/reports/{report_id}").text)["Sender"]["Sex"] for report_id in reports]
    assert shown == ["known", "known", "known", "not known"]  # before the first one the first one is in force


@pytest.mark.parametrize("is_anonymous", [True, False])
def test_nobody_is_taken_for_somebody_else(moderator: FlaskClient, office: Office, *, is_anonymous: bool) -> None:
    told = office.add_report()
    tell(office, told, None)
    other = office.add_report(contact_id=None if is_anonymous else office.add_contact())
    assert "Sender" in list_shown(moderator.get(f"/moderate/reports/{told}").text)
    assert 'id="people"' not in moderator.get(f"/moderate/reports/{other}").text
