"""The page of a report that perhaps answers an earlier one: it says so, and one button or key moves it."""

from flask.testing import FlaskClient

from tests.functional.web.moderate.test_moderation_pages import Office, moderator, office

__all__ = ["moderator", "office"]


def test_one_button_moves_an_answer_to_the_report_it_answers(office: Office, moderator: FlaskClient) -> None:
    contact_id = office.add_contact()
    first = office.add_report("no water", contact_id=contact_id)
    message_id = office.read(
        "INSERT INTO message (campaign_id, channel, direction, text, state, contact_id)"
        " VALUES (:campaign, 'twilio', 'in', 'the road as well', 'processed', :contact) RETURNING id",
        campaign=office.campaign, contact=contact_id,
    )  # fmt: skip
    second = office.add_report(
        "the road as well", contact_id=contact_id, message_id=message_id, perhaps_answers_id=first
    )
    page = moderator.get(f"/moderate/reports/{second}").text
    assert 'id="perhaps"' in page
    assert f'action="/moderate/reports/{second}/answer" data-key="m"' in page
    assert f"/moderate/reports/{second}" in moderator.get(f"/moderate/reports/{first}").text
    moved = moderator.post(f"/moderate/reports/{second}/answer")
    assert moved.status_code == 302
    assert moved.location.partition("#")[0].endswith(f"/moderate/reports/{first}")
    assert office.read("SELECT report_id FROM message WHERE id = :id", id=message_id) == first
    assert office.read("SELECT state FROM report WHERE id = :id", id=second) == "rejected"
    assert moderator.post(f"/moderate/reports/{second}/answer").status_code == 409
    assert moderator.post(f"/moderate/reports/{first}/answer").status_code == 404
