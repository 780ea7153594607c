"""Cries are kept back and ordinary messages are not, in each language, on texts for tuning and on texts kept apart."""

import csv
import hashlib
from collections import Counter

import pytest

from reporting.extraction.sensitivity import SensitiveReader
from tests.conftest import ROOT

DATA = ROOT / "tests" / "data" / "sensitive"
LANGUAGES = ("en", "fr", "es", "sw", "ht", "ne", "pt", "ar")


def share_kept_back(name: str, half: str) -> dict[str, float]:
    reader = SensitiveReader({})
    kept: Counter[str] = Counter()
    every: Counter[str] = Counter()
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["half"] == half:
                every[row["language"]] += 1
                kept[row["language"]] += reader.read(row["text"]) is not None
    return {language: kept[language] / every[language] for language in LANGUAGES}


def half_of(text: str) -> str:
    return ("tuned", "held")[hashlib.sha256(text.encode()).digest()[0] % 2]


@pytest.mark.parametrize(("half", "floor"), [("tuned", 0.95), ("held", 0.92)])
def test_cries_are_kept_back_in_every_language(half: str, floor: float) -> None:
    shares = share_kept_back("cries", half)
    assert {language: share for language, share in shares.items() if share < floor} == {}


@pytest.mark.parametrize(("half", "ceiling"), [("tuned", 0.01), ("held", 0.025)])
def test_ordinary_messages_are_not(half: str, ceiling: float) -> None:
    shares = share_kept_back("ordinary", half)
    assert {language: share for language, share in shares.items() if share > ceiling} == {}


# Written later, without looking at the words; every ordinary message of it was written to look alike.
@pytest.mark.parametrize(("half", "floor"), [("tuned", 0.95), ("held", 0.85)])
def test_cries_of_the_second_set_are_kept_back_in_every_language(half: str, floor: float) -> None:
    shares = share_kept_back("second_cries", half)
    assert {language: share for language, share in shares.items() if share < floor} == {}


@pytest.mark.parametrize(("half", "ceiling"), [("tuned", 0.07), ("held", 0.07)])
def test_look_alikes_of_the_second_set_are_not(half: str, ceiling: float) -> None:
    shares = share_kept_back("second_ordinary", half)
    assert {language: share for language, share in shares.items() if share > ceiling} == {}


@pytest.mark.parametrize(("half", "floor"), [("tuned", 0.93), ("held", 0.88)])
def test_cries_of_the_fourth_set_are_kept_back_in_every_language(half: str, floor: float) -> None:
    shares = share_kept_back("fourth_cries", half)
    assert {language: share for language, share in shares.items() if share < floor} == {}


# Written before the words, their code or the other sets were read.
@pytest.mark.parametrize(("half", "floor"), [("tuned", 0.97), ("held", 0.9)])
def test_direct_cries_of_the_sixth_set_are_kept_back_in_every_language(half: str, floor: float) -> None:
    shares = share_kept_back("sixth_cries", half)
    assert {language: share for language, share in shares.items() if share < floor} == {}


def test_look_alikes_of_the_sixth_set_are_not() -> None:
    shares = share_kept_back("sixth_ordinary", "tuned")
    assert {language: share for language, share in shares.items() if share > 0} == {}


@pytest.mark.parametrize("name", ["fourth_cries", "fourth_ordinary", "sixth_cries", "sixth_ordinary"])
def test_the_halves_of_the_later_sets_go_by_the_hash_of_the_text(name: str) -> None:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["half"] for row in rows] == [half_of(row["text"]) for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        "nobody beat me i am fine",
        "nadie me pego",
        "ninguem me bateu",
        "personne ne m'a frappé",
        "pèsonn pa bat mwen",
        "hakuna aliyenipiga",
        "मलाई कसैले कुटेको छैन",
        "ما حدا ضربني",
        "tumepigwa na mvua",
        "tumepigwa na jua siku nzima",
        "nimeumwa na njaa",
        "is there a risk of another earthquake",
        "neither food nor water",
        "CRS distribution at 10",
        "la escuela esta trancada nadie tiene la llave",
        "a escola está trancada desde segunda",
        "المدرسة مقفولة وما حدا معه المفتاح",
        "les enfants frappent le ballon contre le mur",
        "move wout la ap touye machin nou",
        "जेनेरेटरको आवाजले हामीलाई मार्ने भयो",
        "صوت المولد يقتلنا",
        "nos golpeo fuerte la sequia",
    ],
)
def test_what_nobody_did_and_what_the_weather_did_is_no_violence(text: str) -> None:
    assert SensitiveReader({}).read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "stop beating me",
        "nobody stops him, he beats me",
        "personne ne m'aide, il me frappe",
        "hakuna maji na mume wangu ananipiga",
        "tumepigwa na mvua na mume wangu amenipiga",
        "tulipigwa na askari",
        # "bee" is compared as "be" and was a thing that hurts: what is to be done to somebody was taken out.
        "they are taking my sister to be cut",
        "my aunt is bringing her niece to be circumcised",
        "a bee stung me and my husband beats me",
        "the guards beat anyone who complains",
        "they beat whoever tries to leave",
        "estoy trancada en la casa y nadie tiene la llave",
        "estamos trancadas na casa e ninguém tem a chave",
        "usle malai ball le hanyo ani kutyo",
        "صوت رجل يضرب زوجته",
    ],
)
def test_but_who_is_beaten_is_heard(text: str) -> None:
    assert SensitiveReader({}).read(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "two men pushed the girl in a van and drove off",
        "deux hommes ont poussé la fille dans une camionnette",
        "dos hombres empujaron a la muchacha a una camioneta y se fueron",
        "dois homens empurraram a rapariga para dentro de uma carrinha",
        "de mesye pouse ti fi a nan yon machin epi yo ale",
        "wanaume wawili walimsukuma msichana ndani ya gari wakaondoka",
        "شابين دفشو البنت بسيارة وراحو",
        "my man came home drunk again and my arm is swollen",
        "my husband was drunk last night and now my eye is black",
        "mon mari est rentré ivre et j'ai le bras enflé",
        "mi marido llego borracho otra vez y tengo el ojo morado",
        "o meu marido chegou bêbado e tenho o braço inchado",
        "mari m rantre sou anko epi je m anfle",
        "mume wangu alirudi amelewa tena na mkono wangu umevimba",
        "shriman raksi khayera aaunu bhayo mero aankha suneko cha",
        "श्रीमान् रक्सी खाएर आए, मेरो हात सुन्निएको छ",
        "جوزي رجع سكران وعيني متورمة",
        "the guard lets me get water only if i go behind the tent with him",
        "the driver gives the card only if you go to his room",
        "le garde me laisse prendre l'eau seulement si je vais derrière la tente avec lui",
        "el guardia me deja sacar agua solo si voy con el detras de la carpa",
        "o guarda só me deixa tirar água se eu for com ele atrás da tenda",
        "gad la kite m pran dlo selman si m ale deye tant lan avek li",
        "mlinzi ananiruhusu kuchota maji nikienda naye nyuma ya hema tu",
        "पाले ले पानी दिन्छ तर पाल पछाडि उसँग गए मात्र",
        "الحارس ما بيخليني عبي مي الا اذا رحت معه ورا الخيمة",
    ],
)
def test_a_mark_after_drink_water_for_going_along_and_a_push_into_a_car_are_kept_back(text: str) -> None:
    assert SensitiveReader({}).read(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "two men pushed the car out of the mud",
        "the girl got in a bus to the clinic",
        "my husband came home from work and my arm is swollen from the bite",
        "the driver only gives a card if you sign",
        "we pushed the boxes into the truck",
        "the drunk driver hit the pole",
        "mi brazo esta hinchado por la picadura",
        "le garde laisse passer seulement si on a la carte",
        "o guarda só deixa entrar com cartão",
        "mlinzi anaruhusu kuchota maji saa tatu tu",
        "الحارس بيخلينا نعبي مي بس الصبح",
        "o motorista bebado bateu no muro",
        "mi marido llego del trabajo y tengo el brazo hinchado",
    ],
)
def test_a_swollen_arm_a_card_and_a_pushed_car_alone_are_not(text: str) -> None:
    assert SensitiveReader({}).read(text) is None
