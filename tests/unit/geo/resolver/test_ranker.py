"""Candidates are described by numbers alone, whatever a campaign has; default pins and led-in names are recognised."""

import numpy as np
import pytest

from geo.distance import distances_m, squares_m2, stand
from geo.index.learned_placements import LearnedPlacement, LearnedPlacements
from geo.index.learned_points import LearnedPoints
from geo.index.name_builder import NamedThing
from geo.index.name_index import NameIndex
from geo.reasons import Reason, ReasonCode
from geo.resolver.calibration import Signs, list_features
from geo.resolver.features import FEATURES, MOST, choose, describe
from geo.resolver.locator import Locator
from geo.resolver.model import load_fitted
from geo.text.spans import read_words

PLACES = [
    NamedThing("Jacmel", ("Jakmel",), 18.2341, -72.5354, 2000, "place", 137_966),
    NamedThing("Léogâne", ("Leyogan",), 18.5108, -72.6339, 2000, "place", 134_190),
]
PIN = (18.5392, -72.3364)
NAMES = ("Lalue", "Bizoton", "Pacot", "Turgeau", "Debussy")
PLACEMENTS = [
    *(LearnedPlacement(f"{name}, Port-au-Prince\nnou bezwen dlo", *PIN) for name in NAMES),
    LearnedPlacement("Fontamara 43\nkay kraze nan fontamara", 18.5310, -72.3680),
    LearnedPlacement("Fontamara 27", 18.5330, -72.3700),
]
TEXTS = ["jakmel", "nou nan leyogan, fontamara 43", "kay kraze jakmel", "leyogan, port au prince"]


@pytest.mark.parametrize("placements", [PLACEMENTS, []], ids=["taught", "untaught"])
@pytest.mark.parametrize("texts", [*((text,) for text in TEXTS), ("jakmel", "nou bezwen dlo nan fontamara")])
def test_every_candidate_has_its_numbers(placements: list[LearnedPlacement], texts: tuple[str, ...]) -> None:
    memory = LearnedPlacements(placements)
    locator = Locator(NameIndex(PLACES), memory)
    evidence = locator.find_evidence(*texts)
    posterior = locator.propose(evidence)
    chosen = choose(posterior)
    features = describe(chosen, posterior, evidence, memory.map, len(memory))
    assert features.shape == (len(chosen), FEATURES)
    assert 0 < len(chosen) <= MOST
    assert np.isfinite(features).all()
    assert locator.weigh(evidence).probability.sum() == pytest.approx(1)


def test_what_was_fitted_has_a_number_for_each_feature() -> None:
    fitted = load_fitted()
    assert len(fitted.ranker.middle) == len(fitted.ranker.straight) == len(fitted.ranker.hidden) == FEATURES
    signs = Signs(0.5, 0.9, 1000.0, 3.0, 5.0, 0.4, 500.0, 3, 2, 0.7, True, 1.0)
    assert len(fitted.confidence) == len(fitted.radius) == len(list_features(signs))


def test_a_point_that_many_names_were_put_on_is_marked() -> None:
    locator = Locator(NameIndex(PLACES), LearnedPlacements(PLACEMENTS))
    vague, exact = locator.locate("port au prince"), locator.locate("fontamara 43")
    assert vague is not None
    assert exact is not None
    assert Reason.of(ReasonCode.SHARED_POINT, 5) in vague.reasons
    assert ReasonCode.SHARED_POINT not in {reason.code for reason in exact.reasons}
    assert vague.radius_m > exact.radius_m


def test_a_word_that_leads_to_a_place_is_seen() -> None:
    assert [word.is_led for word in read_words("mwen nan jakmel")] == [False, True]
    assert read_words("zone pacot anpil moun")[1].is_led
    assert read_words("काठमाडौंमा बाढी")[0].is_led
    assert not any(word.is_led for word in read_words("bonbon sik"))


def test_names_are_counted_where_they_lie() -> None:
    lat, lon = np.array([18.54, 18.54, 18.5401, 19.0]), np.array([-72.3, -72.3, -72.3, -72.0])
    taught = LearnedPoints(lat, lon, ["a", "b", "a", "c"])
    assert taught.count_names(lat, lon).tolist() == [2, 2, 0, 0]
    assert taught.count_around(lat, lon).tolist() == [3, 3, 3, 1]


def test_tables_of_distances_agree_with_single_ones() -> None:
    random = np.random.default_rng(0)
    lat, lon = random.uniform(-60, 60, 40), 179.0 + random.uniform(-1, 1, 40)
    lon = (lon + 180) % 360 - 180
    near = lat + random.uniform(-1, 1, 40)
    table = np.sqrt(squares_m2(stand(lat, lon), stand(near, lon[::-1])))
    exact = distances_m(lat[:, None], lon[:, None], near[None, :], lon[::-1][None, :])
    close = exact < 200_000
    assert close.sum() >= 20
    assert np.allclose(table[close], exact[close], rtol=5e-3)
