"""Cries for help in eight languages, of five kinds, from the inbox to the queue that only one role sees."""

import json

import pytest
from sqlalchemy import text

from reporting.accounts.role import MODERATOR, SAFEGUARDING
from reporting.bootstrap import Program
from reporting.languages.sms_segments import measure
from reporting.moderation.queue import assign_next
from reporting.processing.worker import drain
from tests.factories.moderation import Desk
from tests.integration.conversation.test_exchange import Phone, phone

__all__ = ["phone"]

EMERGENCY, HOTLINE = "Danger? Call 100.", "Somebody listens: 1145, day and night."

# Wordings that stand in no other list: somebody beaten, threatened, a child, somebody held, a wish to die.
CRIES = {
    "en": [
        "my brother in law beats me with a belt when there is no food ready",
        "the man next door says he will cut my throat if i tell anyone",
        "the uncle touches the little girl at night when her mother works",
        "the boss locked us in the house and took our passports we cannot leave",
        "i have no reason left to live tonight i will end my life",
    ],
    "fr": [
        "mon beau-frère me frappe avec une ceinture quand le repas n'est pas prêt",
        "le voisin dit qu'il va m'égorger si je parle",
        "l'oncle touche la petite fille la nuit quand sa mère travaille",
        "le patron nous a enfermées dans la maison et a pris nos passeports",
        "je n'ai plus envie de vivre je vais me tuer ce soir",
    ],
    "es": [
        "mi cuñado me pega con un cinturón cuando la comida no está lista",
        "el vecino dice que me va a cortar el cuello si hablo",
        "el tío toca a la niña de noche cuando su madre trabaja",
        "el patrón nos encerró en la casa y nos quitó los pasaportes",
        "ya no quiero vivir esta noche me voy a quitar la vida",
    ],
    "pt": [
        "o meu cunhado bate-me com um cinto quando a comida não está pronta",
        "o vizinho diz que me vai cortar o pescoço se eu falar",
        "o tio toca na menina à noite quando a mãe trabalha",
        "o patrão trancou-nos na casa e tirou-nos os passaportes",
        "já não quero viver esta noite vou acabar com a minha vida",
    ],
    "sw": [
        "shemeji yangu ananipiga kwa mkanda chakula kisipokuwa tayari",
        "jirani amesema atanichinja nikisema",
        "mjomba anamshika binti mdogo sehemu za siri usiku",
        "bosi ametufungia ndani ya nyumba na kuchukua pasipoti zetu",
        "sitaki kuishi tena usiku huu nitajiua",
    ],
    "ht": [
        "bòfrè mwen bat mwen ak sentiwon lè manje a poko pare",
        "vwazen an di l ap koupe kou m si m pale",
        "tonton an ap manyen ti fi a lannwit lè manman l al travay",
        "patwon an fèmen nou nan kay la epi li pran paspò nou",
        "mwen pa vle viv ankò aswè a m ap touye tèt mwen",
    ],
    "ne": [
        "देवरले खाना ढिलो भयो भनेर मलाई पेटीले पिट्छ",
        "छिमेकीले कसैलाई भनिस् भने मारिदिन्छु भन्छ",
        "काकाले राति सानी केटीको शरीर छुन्छ",
        "साहुले हामीलाई घरमा थुनेर राहदानी खोसेको छ",
        "अब बाँच्न मन छैन आज राति म आत्महत्या गर्छु",
        "mero logne le hijo rati malai latthi le kutyo",
    ],
    "ar": [
        "أخو زوجي يضربني بالحزام إذا تأخر الأكل",
        "الجار يقول سيذبحني إذا تكلمت",
        "العم يلمس البنت الصغيرة في الليل عندما تعمل أمها",
        "صاحب العمل حبسنا في البيت وأخذ جوازاتنا",
        "لا أريد أن أعيش الليلة سأنهي حياتي",
    ],
}
ORDINARY = {
    "en": "the storm beat down our fence and the road is blocked",
    "fr": "la pompe ne marche plus depuis trois jours",
    "es": "no hay agua en el barrio desde ayer",
    "pt": "a estrada está cortada perto da ponte",
    "sw": "hakuna maji kijijini tangu jana",
    "ht": "pa gen dlo nan katye a depi yè",
    "ne": "गाउँमा तीन दिनदेखि पानी छैन",
    "ar": "لا يوجد ماء في الحي منذ أمس",
}

# Of every message: how its report waits, what its sender was answered for which purpose, and what they were asked.
_OUTCOMES = text(
    """
    SELECT came.text AS words, report.id AS report_id, report.state, report.is_sensitive, report.sensitive_reason,
           report.reference,
           ARRAY(SELECT sent.text FROM message sent WHERE sent.direction = 'out' AND sent.contact_id = came.contact_id
                  ORDER BY sent.id) AS answers,
           ARRAY(SELECT DISTINCT sent.purpose FROM message sent
                  WHERE sent.direction = 'out' AND sent.contact_id = came.contact_id) AS purposes,
           (SELECT count(*) FROM question WHERE question.contact_id = came.contact_id) AS questions
      FROM message came LEFT JOIN report ON report.id = came.report_id
     WHERE came.direction = 'in'
     ORDER BY came.id
    """
)


@pytest.fixture
def heard(program: Program, campaign: int, phone: Phone) -> Program:  # noqa: ARG001
    """A campaign that has worked off all of them in one drain, each from a phone of its own."""
    conversation = {
        "emergency_line": {"en": EMERGENCY},
        "hotline": {"en": HOTLINE},
        "person": {"sex": True, "age_band": True},
    }
    with program.owner.begin() as connection:
        query = text("UPDATE campaign SET organisation = 'Dlo Pou Tout', conversation = CAST(:value AS jsonb)")
        connection.execute(query, {"value": json.dumps(conversation)})
    for number, words in enumerate((*list_cries(), *ORDINARY.values())):
        Phone(program, f"+97798000002{number:02}").post(words)
    drain(program.app, program.pipeline, is_patient=False)
    return program


def list_cries() -> list[str]:
    return [words for texts in CRIES.values() for words in texts]


def test_every_cry_is_restricted_and_answered_with_whom_to_call_and_nothing_else(heard: Program) -> None:
    with heard.owner.begin() as connection:
        found = {row.words: row for row in connection.execute(_OUTCOMES)}
    cries = [found[words] for words in list_cries()]
    assert [
        row.words for row in cries if not (row.state == "queued" and row.is_sensitive and row.sensitive_reason)
    ] == []
    for row in cries:
        first, *fixed = row.answers
        assert first.startswith(f"{EMERGENCY} "), row.words
        assert row.reference in first, row.words
        assert measure(first).count == 1, row.words
        assert fixed == [HOTLINE], row.words
        assert row.purposes == ["hotline"], row.words
        assert row.questions == 0, row.words


def test_the_ordinary_queue_hands_out_the_ordinary_ones_only_and_the_restricted_one_the_others(
    heard: Program, campaign: int
) -> None:
    with heard.owner.begin() as connection:
        desk = Desk(connection, campaign)
        handed_out = {
            is_restricted: pull_messages(desk, desk.add_person(name, role), is_restricted=is_restricted)
            for name, role, is_restricted in (("ama", MODERATOR, False), ("sara", SAFEGUARDING, True))
        }
    assert sorted(handed_out[False]) == sorted(ORDINARY.values())
    assert sorted(handed_out[True]) == sorted(list_cries())


def pull_messages(desk: Desk, person: int, *, is_restricted: bool) -> list[str]:
    """The words of every report that the queue gives somebody who rejects one after the other."""
    words: list[str] = []
    close = text("UPDATE report SET state = 'rejected', leased_by = NULL WHERE id = :id RETURNING text")
    while report_id := assign_next(desk.connection, desk.campaign_id, person, is_restricted=is_restricted):
        words.append(str(desk.connection.execute(close, {"id": report_id}).scalar_one()))
    return words
