"""DCAT-AP 3 as JSON-LD: the release as a dataset with a distribution for each file, which data portals harvest."""

import json
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from flask_babel import lazy_gettext

from reporting.publishing.formats.format import ExportFile, Format
from reporting.publishing.observations.licence import find_licence
from reporting.publishing.observations.source import FileLink, Source

_CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_MEDIA: Final = "http://www.iana.org/assignments/media-types/"
_ENGLISH: Final = "http://publications.europa.eu/resource/authority/language/ENG"
_PUBLIC: Final = "http://publications.europa.eu/resource/authority/access-right/PUBLIC"


def write_catalogue(source: Source, path: Path) -> None:
    """Write the catalogue of the release: itself as a dataset, published by the campaign."""
    publisher = {
        "@id": f"{source.public_url}/data/#{source.release.campaign_slug}",
        "@type": "foaf:Agent",
        "foaf:name": source.release.campaign_name,
    }
    document = {
        "@context": _CONTEXT,
        "@id": f"{source.address}#catalogue",
        "@type": "dcat:Catalog",
        "dct:title": _english(source.release.campaign_name),
        "dct:description": _english("Protected figures over reports that people sent"),
        "dct:publisher": publisher,
        "dcat:dataset": _describe_dataset(source, publisher["@id"]),
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _describe_dataset(source: Source, publisher: str) -> dict[str, Any]:
    release = source.release
    counted = ", ".join(code.name for code in source.codes if code.column == "measure")
    return {
        "@id": source.address,
        "@type": "dcat:Dataset",
        "dct:title": _english(source.title),
        "dct:description": _english(
            f"{counted}, by area, {', '.join(each.name for each in release.dimensions)} and period. Each count carries"
            " noise that protects the people in it; what people chose to send, not a sample."
        ),
        "dct:identifier": source.address,
        "dct:publisher": {"@id": publisher},
        "dct:issued": _moment(source),
        "dcat:version": str(release.version),
        "dct:accessRights": {"@id": _PUBLIC, "@type": "dct:RightsStatement"},
        "dct:language": {"@id": _ENGLISH, "@type": "dct:LinguisticSystem"},
        "dcat:landingPage": {"@id": source.address, "@type": "foaf:Document"},
        "dcat:keyword": [_english(word) for word in ("citizen-generated data", release.cube)],
        "dcat:distribution": [_describe_file(source, file) for file in source.files if file.title != FORMAT.title],
    }


def _describe_file(source: Source, file: FileLink) -> dict[str, Any]:
    address = source.locate(file)
    licence = find_licence(source.release)
    described: dict[str, Any] = {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": _english(f"{file.title}: {file.name}"),
        "dcat:accessURL": {"@id": source.address, "@type": "rdfs:Resource"},
        "dcat:downloadURL": {"@id": address, "@type": "rdfs:Resource"},
        "dcat:mediaType": {"@id": _MEDIA + file.media_type.partition(";")[0], "@type": "dct:MediaType"},
        "dct:issued": _moment(source),
    }
    if licence.address:
        described["dct:license"] = {"@id": licence.address, "@type": "dct:LicenseDocument"}
    return described


def _english(words: str) -> dict[str, str]:
    return {"@value": words, "@language": "en"}


def _moment(source: Source) -> dict[str, str]:
    return {"@value": source.release.created_at.astimezone(UTC).isoformat(), "@type": "xsd:dateTime"}


FORMAT: Final = Format(
    name="dcat",
    title="DCAT-AP",
    purpose=lazy_gettext("for catalogues of data"),
    revision=1,
    files=(ExportFile(".dcat.jsonld", "application/ld+json", write_catalogue),),
)
