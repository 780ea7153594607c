"""The structures of an SDMX file in SDMX-ML 3.0: code lists, concepts, data structure definition and dataflow.

Code lists are our own and hold the codes of the release alone; where the codes are those of a list in a registry, the
description names it, since a registry is not at hand everywhere.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from xml.sax.saxutils import XMLGenerator

from reporting.aggregation.dimension import TOTAL, UNKNOWN
from reporting.publishing.formats import sdmx_names as names
from reporting.publishing.observations.dictionary import (
    CONFIDENTIALITY,
    MEASURE,
    OBSERVATION_STATUS,
    list_dimension_codes,
    title_dimension,
)
from reporting.publishing.observations.source import Source

_SPACE: Final = "http://www.sdmx.org/resources/sdmxml/schemas/v3_0/"
_SPACES: Final = {
    "xmlns:mes": f"{_SPACE}message",
    "xmlns:str": f"{_SPACE}structure",
    "xmlns:com": f"{_SPACE}common",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_MODEL: Final = "urn:sdmx:org.sdmx.infomodel"
_CONCEPTS: Final = "CS_BARAZA"
_FREQUENCIES: Final = {"M": "Monthly", "W": "Weekly", "A": "Annual", "_O": "Other"}
_NUMBERS: Final = {names.VALUE: "Value, rounded", names.ESTIMATE: "Estimate", names.ERROR: "Standard error"}


def write_structure(source: Source, path: Path) -> None:
    """Write the structure message."""
    with path.open("w", encoding="utf-8") as file:
        xml = _Writer(file)
        xml.startDocument()
        with xml.inside("mes:Structure", _SPACES):
            _write_header(xml, source)
            with xml.inside("mes:Structures"):
                _write_dataflow(xml, source)
                with xml.inside("str:Codelists"):
                    for identifier, (name, codes) in _list_codelists(source).items():
                        _write_codelist(xml, identifier, name, codes)
                _write_concepts(xml, source)
                with xml.inside("str:DataStructures"):
                    _write_definition(xml, source)


class _Inside:
    def __init__(self, xml: "_Writer", name: str) -> None:
        self._xml, self._name = xml, name

    def __enter__(self) -> None:
        return

    def __exit__(self, *_error: object) -> None:
        self._xml.endElement(self._name)


class _Writer(XMLGenerator):
    """Writes elements as blocks."""

    def __init__(self, file: object) -> None:
        super().__init__(file, "utf-8", short_empty_elements=True)  # type: ignore[arg-type]

    def inside(self, name: str, attributes: Mapping[str, str] | None = None) -> _Inside:
        """Open an element that is closed at the end of the block."""
        self.startElement(name, dict(attributes or {}))  # type: ignore[arg-type]
        return _Inside(self, name)

    def write(self, name: str, words: str, attributes: Mapping[str, str] | None = None) -> None:
        """Write an element with words."""
        with self.inside(name, attributes):
            self.characters(words)

    def name(self, words: Mapping[str, str] | str) -> None:
        """Write the names of what stands around, by language."""
        for language, each in ({"en": words} if isinstance(words, str) else words).items():
            self.write("com:Name", each, {"xml:lang": language})


def _write_header(xml: _Writer, source: Source) -> None:
    with xml.inside("mes:Header"):
        xml.write("mes:ID", names.name_structure(source.release))
        xml.write("mes:Test", "false")
        xml.write("mes:Prepared", source.release.created_at.isoformat())
        with xml.inside("mes:Sender", {"id": names.AGENCY}):
            pass


def _list_codelists(source: Source) -> dict[str, tuple[str, Mapping[str, Mapping[str, str] | str]]]:
    """List the code lists by id: their name and the names of their codes."""
    release = source.release
    known = {(code.column, code.code): code.names for code in source.codes}
    listed: dict[str, tuple[str, Mapping[str, Mapping[str, str] | str]]] = {
        "CL_FREQ": ("Frequency; codes of SDMX:CL_FREQ(2.1)", _FREQUENCIES),
        "CL_AREA_LEVEL": ("Level of areas", {str(level): f"Level {level}" for level in (0, *release.levels)}),
        "CL_REF_AREA": ("Areas of the release", _name_areas(source)),
        "CL_INDICATOR": ("Measures", {code: known[MEASURE, code] for code in release.measures}),
        "CL_OBS_STATUS": ("Status of the observation; codes of SDMX:CL_OBS_STATUS(2.3)", OBSERVATION_STATUS),
        "CL_CONF_STATUS": ("Confidentiality; codes of SDMX:CL_CONF_STATUS(1.4)", CONFIDENTIALITY),
    }
    for dimension in release.dimensions:
        title = title_dimension(release, dimension.name)
        origin = f"; codes of {dimension.code_list}" if ":" in dimension.code_list else ""
        codes = list_dimension_codes(release, dimension)
        listed[_name_list(dimension.name)] = title + origin, {code: known[dimension.name, code] for code in codes}
    return listed


def _name_areas(source: Source) -> dict[str, Mapping[str, str] | str]:
    areas: dict[str, Mapping[str, str] | str] = {TOTAL: "The whole country", UNKNOWN: "Area unknown"}
    for each in source.areas.values():
        areas |= {code: name or code for code, name in sorted(each.items())}
    return areas


def _name_list(dimension: str) -> str:
    return f"CL_{names.name_dimension(dimension)}"


def _write_codelist(xml: _Writer, identifier: str, name: str, codes: Mapping[str, Mapping[str, str] | str]) -> None:
    with xml.inside("str:Codelist", _identify(identifier)):
        xml.name(name)
        for code, words in codes.items():
            with xml.inside("str:Code", {"id": names.name_code(code)}):
                xml.name(words)


def _identify(identifier: str) -> dict[str, str]:
    return {"id": identifier, "agencyID": names.AGENCY, "version": names.VERSION}


def _list_concepts(source: Source) -> dict[str, str]:
    return {
        names.FREQUENCY: "Frequency",
        names.AREA_LEVEL: "Level of areas",
        names.AREA: "Area",
        **{
            names.name_dimension(each.name): title_dimension(source.release, each.name)
            for each in source.release.dimensions
        },
        names.INDICATOR: "Measure",
        names.TIME: "Period",
        **_NUMBERS,
        names.STATUS: "Status of the observation",
        names.CONFIDENTIALITY: "Confidentiality",
    }


def _write_concepts(xml: _Writer, source: Source) -> None:
    with xml.inside("str:ConceptSchemes"), xml.inside("str:ConceptScheme", _identify(_CONCEPTS)):
        xml.name("Concepts of Baraza")
        for identifier, name in _list_concepts(source).items():
            with xml.inside("str:Concept", {"id": identifier}):
                xml.name(name)


def _write_definition(xml: _Writer, source: Source) -> None:
    listed = {names.FREQUENCY: "CL_FREQ", names.AREA_LEVEL: "CL_AREA_LEVEL", names.AREA: "CL_REF_AREA"}
    listed |= {names.name_dimension(each.name): _name_list(each.name) for each in source.release.dimensions}
    listed |= {names.INDICATOR: "CL_INDICATOR"}
    with xml.inside("str:DataStructure", _identify(names.name_structure(source.release))):
        xml.name(source.title)
        with xml.inside("str:DataStructureComponents"):
            with xml.inside("str:DimensionList", {"id": "DimensionDescriptor"}):
                for place, (concept, codelist) in enumerate(listed.items(), start=1):
                    with xml.inside("str:Dimension", {"id": concept, "position": str(place)}):
                        _write_concept(xml, concept)
                        _write_enumeration(xml, codelist)
                with xml.inside("str:TimeDimension", {"id": names.TIME}):
                    _write_concept(xml, names.TIME)
                    with (
                        xml.inside("str:LocalRepresentation"),
                        xml.inside("str:TextFormat", {"textType": "ObservationalTimePeriod"}),
                    ):
                        pass
            _write_attributes(xml)
            _write_measure(xml)


def _write_measure(xml: _Writer) -> None:
    measure = {"id": names.VALUE, "usage": "mandatory"}
    with xml.inside("str:MeasureList", {"id": "MeasureDescriptor"}), xml.inside("str:Measure", measure):
        _write_concept(xml, names.VALUE)
        _write_number(xml)


def _write_attributes(xml: _Writer) -> None:
    with xml.inside("str:AttributeList", {"id": "AttributeDescriptor"}):
        for concept, codelist in (
            (names.ESTIMATE, None), (names.ERROR, None), (names.STATUS, "CL_OBS_STATUS"),
            (names.CONFIDENTIALITY, "CL_CONF_STATUS"),
        ):  # fmt: skip
            with xml.inside("str:Attribute", {"id": concept, "usage": "mandatory" if codelist else "optional"}):
                _write_concept(xml, concept)
                if codelist:
                    _write_enumeration(xml, codelist)
                else:
                    _write_number(xml)
                with xml.inside("str:AttributeRelationship"), xml.inside("str:Observation"):
                    pass


def _write_concept(xml: _Writer, concept: str) -> None:
    scheme = f"{names.AGENCY}:{_CONCEPTS}({names.VERSION})"
    xml.write("str:ConceptIdentity", f"{_MODEL}.conceptscheme.Concept={scheme}.{concept}")


def _write_enumeration(xml: _Writer, codelist: str) -> None:
    with xml.inside("str:LocalRepresentation"):
        xml.write("str:Enumeration", f"{_MODEL}.codelist.Codelist={names.AGENCY}:{codelist}({names.VERSION})")


def _write_number(xml: _Writer) -> None:
    with xml.inside("str:LocalRepresentation"), xml.inside("str:TextFormat", {"textType": "Double"}):
        pass


def _write_dataflow(xml: _Writer, source: Source) -> None:
    identifier = names.name_structure(source.release)
    with xml.inside("str:Dataflows"), xml.inside("str:Dataflow", _identify(identifier)):
        xml.name(source.title)
        structure = f"{names.AGENCY}:{identifier}({names.VERSION})"
        xml.write("str:Structure", f"{_MODEL}.datastructure.DataStructure={structure}")
