"""Texts in a new language through the signed webhook and the worker; prints as JSON what became of them.

`tests/functional/test_adding_a_language.py` runs this in a copy of the program that has the language.
"""

import json
import sys
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.campaigns.campaign import create_campaign, read_definition
from reporting.processing.worker import drain
from tests.conftest import AUTH_TOKEN, make_settings
from tests.gateway import sign, twilio_form

PATH = "/channels/twilio/sms"
CAMPAIGN = """
slug: kelo
name: Kelo
country: NP
languages: [qaa, en]
timezone: Asia/Kathmandu
lines: [{channel: twilio, address: "+15005550006"}]
topics:
  - {code: water, name: {qaa: Akvozu}, keywords: {qaa: [akvozu]}}
conversation:
  person: {sex: true}
settings:
  cubes: {incidents: {dimensions: [topic, sex]}}
"""
PHONES = {
    "report": ("nexi akvozu jerzu 5 kilzu norzu lo Pokhara", "femzu"),
    "in danger": ("edzuvo batuzu mi",),
    "in danger before": ("edzinu jerzu batuzus mi",),
    "leaves": ("zapu",),
    "leaves by concepts": ("bonvu haltuzu mesazu",),
    "leaves in a sentence": ("nexi skribuzu plu al mi",),
    "is back": ("zapu", "ruzapu"),
    "forgotten": ("nexi akvozu Pokhara", "lomezu", "dova"),
    "not forgotten": ("nexi akvozu Pokhara", "lomezu", "nexu"),
    "greets": ("saluvo",),
}


def text_all(program: Program) -> dict[str, object]:
    """Text as each of the phones; what each was told, and what is stored of it."""
    with program.owner.begin() as connection:
        campaign_id = create_campaign(connection, read_definition(CAMPAIGN, "the campaign in Kelo"))
        connection.execute(
            text(
                "INSERT INTO place (campaign_id, source, source_id, name, names, kind, population, radius_m, geom)"
                " VALUES (:c, 'test', '1', 'Pokhara', '{}', 'city', 200000, 2000,"
                " ST_SetSRID(ST_MakePoint(83.985, 28.209), 4326))"
            ),
            {"c": campaign_id},
        )
        connection.execute(text("UPDATE gazetteer SET version = version + 1"))
    client = create_app(program).test_client()
    return {
        name: _text(program, client, f"+97798000000{number:02d}", says)
        for number, (name, says) in enumerate(PHONES.items())
    }


def _text(program: Program, client: FlaskClient, number: str, says: tuple[str, ...]) -> dict[str, object]:
    for words in says:
        form = twilio_form(words, sender=number)
        headers = sign(f"http://localhost{PATH}", form, AUTH_TOKEN)
        assert client.post(PATH, data=form, headers=headers).status_code == 200
        drain(program.app, program.pipeline, is_patient=False)
    query = text(
        """
        SELECT contact.opted_out_at IS NOT NULL AS has_left,
               (SELECT array_agg(message.text ORDER BY message.id) FROM message
                 WHERE contact_id = contact.id AND direction = 'out') AS told,
               (SELECT jsonb_agg(jsonb_build_object(
                         'language', report.language, 'topic', topic.code, 'reason', report.sensitive_reason,
                         'sex', reporter_profile.sex, 'lat', ST_Y(report.point), 'lon', ST_X(report.point),
                         'hours', extract(epoch FROM report.reported_at - report.occurred_at) / 3600))
                  FROM report LEFT JOIN topic ON topic.id = report.topic_id
                       LEFT JOIN reporter_profile ON reporter_profile.report_id = report.id
                 WHERE report.contact_id = contact.id) AS reports
          FROM contact WHERE address_hash = :address_hash
        """
    )
    with program.owner.begin() as connection:
        row = connection.execute(query, {"address_hash": program.pseudonyms.hash_address(number)}).mappings().first()
    return dict(row) if row else {}


def main(database_url: str, redis_url: str, var: str) -> None:
    """Text on this database, and print what became of it."""
    program = Program(make_settings(Path(var)), database_url, redis_url)
    print(json.dumps(text_all(program)))
    program.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
