"""Code lists name their agency and version; what is ours is not exported as somebody else's."""

import pytest

from reporting.population.code_lists import (
    AGE,
    DIMENSIONS,
    DISABILITY,
    POPULATION_CODES,
    SDG_AGES,
    SEX,
    URBAN,
)
from reporting.population.mapping import Codes, list_ready


def test_a_list_of_a_registry_has_its_name_there() -> None:
    lists = (SEX, AGE, URBAN)
    assert [each.urn.rpartition("=")[2] for each in lists] == [
        "SDMX:CL_SEX(2.1)", "IAEG-SDGs:CL_AGE(1.25)", "IAEG-SDGs:CL_URBANISATION(1.10)",
    ]  # fmt: skip


def test_disability_is_ours_and_has_no_code_that_is_read_both_ways() -> None:
    assert DISABILITY.is_ours
    assert not {"PD", "PWD"} & set(DISABILITY.names)
    with pytest.raises(ValueError, match="in no registry"):
        _ = DISABILITY.urn


def test_every_code_of_a_population_is_of_its_list() -> None:
    assert set(Codes._fields) == set(DIMENSIONS)
    for dimension, codes in POPULATION_CODES.items():
        assert set(codes) <= set(DIMENSIONS[dimension].names)


def test_the_bands_of_figures_are_codes_of_the_sdgs() -> None:
    assert {"Y0T4", "Y95T99", "Y_GE100", "Y0T14", "Y15T24", "Y25T64", "Y_GE65", "Y_GE15", "_T"} <= set(SDG_AGES)
    assert AGE.names["Y15T24"] == "15 to 24 years"
    assert AGE.names["Y_GE65"] == "65 years and older"


def test_the_ready_layouts_are_read() -> None:
    assert [mapping.name for mapping in list_ready()] == ["ghana", "haiti", "kenya_disability", "kenya_phone", "nepal"]
