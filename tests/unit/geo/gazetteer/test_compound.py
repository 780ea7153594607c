"""A name that holds several is known by each of them."""

import pytest

from geo.gazetteer.compound_names import Compound, split_compound
from geo.gazetteer.parse_row import make_row
from geo.types import PlaceRow


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Bon Repos;Bonrepo", Compound("Bon Repos", ("Bonrepo", "Bon Repos;Bonrepo"))),
        (
            "Kafou Fey / Carrefour Feuilles",
            Compound("Kafou Fey", ("Carrefour Feuilles", "Kafou Fey / Carrefour Feuilles")),
        ),
        ("Kafou/Carrefour", Compound("Kafou", ("Carrefour", "Kafou/Carrefour"))),
        ("Bainet | Benè", Compound("Bainet", ("Benè", "Bainet | Benè"))),
        ("Centre Lascahobas (CSL)", Compound("Centre Lascahobas", ("Centre Lascahobas (CSL)",), ("CSL",))),
        ("Lopital [Sen Mak]", Compound("Lopital", ("Lopital [Sen Mak]",), ("Sen Mak",))),
        ("Cabaret, Duvalierville", Compound("Cabaret, Duvalierville", ("Cabaret",), ("Duvalierville",))),
        ("Unibank - Delmas", Compound("Unibank - Delmas", ("Unibank",), ("Delmas",))),
        ("Kyiv (Kiev / Kiyev)", Compound("Kyiv", ("Kyiv (Kiev / Kiyev)",), ("Kiev", "Kiyev"))),
        (
            "Kisumu (formerly Ugowe, Kisuma)",
            Compound("Kisumu", ("Kisumu (formerly Ugowe, Kisuma)",), ("Ugowe", "Kisuma")),
        ),
        ("Lestè (anc. Estère", Compound("Lestè", ("Lestè (anc. Estère",), ("Estère",))),
        ("Bainet alias Benè", Compound("Bainet alias Benè", ("Bainet",), ("Benè",))),
        ("Kinshasa ex-Léopoldville", Compound("Kinshasa ex-Léopoldville", ("Kinshasa",), ("Léopoldville",))),
        ("Ex Camp La Piste", Compound("Ex Camp La Piste")),
        ("Lycée « Toussaint »", Compound("Lycée « Toussaint »", (), ("Toussaint",))),
        ("إب / Ibb", Compound("إب", ("Ibb", "إب / Ibb"))),
        ("صنعاء، سنعا", Compound("صنعاء، سنعا", ("صنعاء",), ("سنعا",))),
        ("N°3 Dubuisson", Compound("N°3 Dubuisson", ("Dubuisson",))),
        ("Kabrit (fèmen)", Compound("Kabrit", ("Kabrit (fèmen)",))),
        ("Lycée (2 km)", Compound("Lycée", ("Lycée (2 km)",))),
        ("Sen Michèl-Latalay", Compound("Sen Michèl-Latalay")),
        ("Clinic 24/7", Compound("Clinic 24/7")),
        ("(Delmas)", Compound("(Delmas)")),
    ],
)
def test_a_name_is_taken_apart(name: str, expected: Compound) -> None:
    assert split_compound(name) == expected


def test_a_row_has_the_parts_as_names() -> None:
    row = make_row(1, "", "Bon Repos;Bonrepo", "18.6", "-72.26")
    assert isinstance(row, PlaceRow)
    assert (row.name, row.names) == ("Bon Repos", ("Bonrepo", "Bon Repos;Bonrepo"))
