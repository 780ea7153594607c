"""Fifteen people write for the first time, in five languages: who says what, as a script to be read as they would.

Every message takes the real way, from the inbox over PostGIS into the outbox. References are random, so the script
writes REFERENCE; tests/data/first_answers.txt is the script as it was read and found right.
"""

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, text

from bench.scratch import ROOT, scratch_database
from channels.base.items import InboundMessage
from config.settings import load_settings
from geo.gazetteer.load_places import load_places
from geo.types import PlaceRow
from reporting.bootstrap import Program
from reporting.campaigns.campaign import create_campaign, read_definition
from reporting.languages.sms_segments import measure
from reporting.moderation import decisions
from reporting.processing.worker import drain

GOLDEN: Final = ROOT / "tests" / "data" / "first_answers.txt"
LINE: Final = "+15005550006"
_CHANNEL: Final = "twilio"
_CAMPAIGN: Final = """
slug: first
name: First answers
organisation: Dlo Pou Tout
contact: "+509 2800 0000"
country: HT
languages: [ht, fr, en, es, ne]
timezone: America/Port-au-Prince
lines: [{channel: twilio, address: "+15005550006"}]
topics:
  - {code: water, name: {ht: Dlo}, keywords: {ht: [dlo, tiyo], fr: [eau], en: [water], es: [agua], ne: [pani, पानी]}}
  - {code: road, name: {ht: Wout}, keywords: {ht: [wout], fr: [route], en: [road], es: [carretera], ne: [bato, बाटो]}}
  - code: danger
    name: {ht: Danje}
    urgent: true
    keywords: {ht: [dife, inondasyon], fr: [incendie, inondation], en: [fire, flood], es: [incendio], ne: [aago, आगो]}
conversation:
  emergency_line:
    ht: "Ijans: rele 114."
    fr: "Urgence : appelez le 114."
    en: "Danger? Call 114."
    es: "Urgencia: llame al 114."
    ne: "खतरा भए 114 मा फोन गर्नुहोस्।"
  person: {sex: true, age_band: true}
settings:
  cube: {dimensions: [sex, age_band]}
"""
_PLACES: Final = tuple(
    PlaceRow(name, name, lat, lon, kind="city", population=200_000, radius_m=2000)
    for name, lat, lon in (
        ("Delmas", 18.55, -72.30),
        ("Jacmel", 18.23, -72.53),
        ("Gonaives", 19.45, -72.68),
    )
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What one person writes; a line that begins with `moderator:` is written by one, about the last report."""

    title: str
    says: tuple[str, ...]


SCENES: Final = (
    Scene("Fire, in Creole, with its place", ("Gen yon gwo dife nan mache Delmas, vin ede nou",)),
    Scene("Fire, in French, without a place", ("incendie dans notre rue, aidez-nous",)),
    Scene("Fire, in Nepali", ("आगो लाग्यो, घर जल्यो",)),
    Scene("Violence, in English", ("my husband beats me every night",)),
    Scene("Violence, in Creole", ("mari m ap bat mwen",)),
    Scene("Water, in Creole, without a place, then the place", ("pa gen dlo depi lendi", "Jacmel", "SKIP", "2")),
    Scene("Water, in Spanish, with its place", ("no hay agua en Jacmel desde el lunes", "mujer")),
    Scene("A greeting, then a report", ("Bonjour", "il n'y a plus d'eau à Jacmel")),
    Scene("Two places in one text", ("The road is blocked in Delmas and the road is blocked in Gonaives",)),
    Scene("Two topics in one text", ("pa gen dlo epi wout la bloke nan Jacmel",)),
    Scene("Thanks of somebody who never wrote", ("mèsi anpil",)),
    Scene("Who are you, and help", ("qui êtes-vous ?", "HELP")),
    Scene(
        "A moderator's question, answered in another language",
        ("no water in Jacmel", "moderator: How many houses have no water?", "kèk ven kay konsa", "please stop now"),
    ),
    Scene(
        "Leaving in five wordings",
        ("kanpe tanpri", "START", "Stop. Thank you", "START", "pa voye mesaj ban mwen ankò", "START",
         "STOP\n\nSent from my iPhone", "START", "no hay agua. Dejen de escribirme"),
    ),
    Scene("Forgetting", ("pa gen dlo nan Delmas", "efase tout sa mwen te voye", "1")),
)  # fmt: skip


def play(program: Program) -> Iterator[str]:
    """Yield the lines of the script. The database must be empty."""
    with program.owner.begin() as connection:
        campaign_id = create_campaign(connection, read_definition(_CAMPAIGN, "first answers"))
        load_places(connection, campaign_id, _PLACES, "test")
    for number, scene in enumerate(SCENES, start=1):
        yield f"{number}. {scene.title}"
        yield from _play_scene(program, campaign_id, f"+5093700{number:04d}", scene)
        yield ""


def _play_scene(program: Program, campaign_id: int, phone: str, scene: Scene) -> Iterator[str]:
    address_hash = program.pseudonyms.hash_address(phone)
    seen = 0
    for step, words in enumerate(scene.says):
        if words.startswith("moderator: "):
            with program.owner.begin() as connection:
                report_id = connection.execute(text("SELECT max(id) FROM report")).scalar_one()
                decisions.reply(connection, report_id, 1, text=words.removeprefix("moderator: "))
        else:
            yield f"   > {_show(words)}"
            message = InboundMessage(f"{phone}:{step}", phone, LINE, words)
            program.receiver.receive(_CHANNEL, [message], campaign_id)
            drain(program.app, replace(program.pipeline, reply_channels={_CHANNEL}), is_patient=False)
        with program.owner.begin() as connection:
            said = _list_texts(connection, address_hash, seen)
        for each in said.values():
            segments = measure(each)
            yield f"   < {_show(each)}  [{segments.encoding}, {segments.count}]"
        if not said:
            yield "   <"
        seen = max((seen, *said))
    with program.owner.begin() as connection:
        yield from _sum_up(connection, address_hash)


def _list_texts(connection: Connection, address_hash: bytes, after: int) -> dict[int, str]:
    """List the outbound messages to a contact since an id, by id; also after the contact was erased."""
    query = text(
        "SELECT message.id, message.text FROM message JOIN contact ON contact.id = contact_id"
        " WHERE direction = 'out' AND (contact.address_hash = :address_hash OR contact.erased_at IS NOT NULL)"
        " AND message.state <> 'failed' AND message.text <> '' AND message.id > :after ORDER BY message.id"
    )
    return {row.id: row.text for row in connection.execute(query, {"address_hash": address_hash, "after": after})}


def _sum_up(connection: Connection, address_hash: bytes) -> Iterator[str]:
    """Yield lines on what is stored of a contact now."""
    query = text(
        """
        SELECT (SELECT count(*) FROM report WHERE report.contact_id = contact.id) AS reports,
               (SELECT count(*) FROM report WHERE report.contact_id = contact.id AND is_sensitive) AS restricted,
               (SELECT string_agg(other_places::text || other_topics::text, ' ') FROM report
                 WHERE report.contact_id = contact.id AND (other_places <> '[]' OR other_topics <> '[]')) AS besides,
               opted_out_at IS NOT NULL AS has_left
          FROM contact WHERE address_hash = :address_hash
        """
    )
    row = connection.execute(query, {"address_hash": address_hash}).first()
    if row is None:
        yield "   = nothing is left of them"
        return
    parts = [f"{row.reports} reports", f"{row.restricted} restricted" if row.restricted else "", row.besides or ""]
    yield f"   = {', '.join(filter(None, [*parts, 'has left' if row.has_left else '']))}"


def _show(words: str) -> str:
    return re.sub(r"\b(?:[2-9CFGHJMPQRVWX]{10}|[2-9CFGHJMPQRVWX]{8})\b", "REFERENCE", words).replace("\n", " / ")


def main() -> None:
    """Play it on a scratch database and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="also write it down as the one that is right")
    options = parser.parse_args()
    with scratch_database("first_answers") as (database_url, redis_url):
        program = Program(load_settings(), database_url, redis_url)
        script = "\n".join(play(program))
        program.close()
    print(script)
    if options.write:
        GOLDEN.write_text(script + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
