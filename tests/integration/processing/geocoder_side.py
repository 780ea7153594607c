"""The side of other geocoders: what each answers, in the shapes that their makers describe, and what it was asked."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.wrappers import Request, Response

# https://nominatim.org/release-docs/latest/api/Output/ (jsonv2)
NOMINATIM = [
    {
        "place_id": 100149, "licence": "Data (c) OpenStreetMap contributors, ODbL 1.0", "osm_type": "node",
        "osm_id": 107775, "boundingbox": ["27.6000000", "27.7000000", "85.4000000", "85.5000000"], "lat": "27.6710",
        "lon": "85.4298", "display_name": "Bhaktapur; Bagmati, Nepal", "category": "place", "type": "city",
        "importance": 0.6, "place_rank": 15, "addresstype": "city", "name": "Bhaktapur",
    },
    {
        "place_id": 2, "osm_type": "way", "osm_id": 5, "boundingbox": ["10", "11", "10", "11"], "lat": "10.5",
        "lon": "10.5", "display_name": "Bhaktapur Road, Elsewhere", "category": "highway", "type": "residential",
        "importance": 0.1, "addresstype": "road", "name": "Bhaktapur Road",
    },
]  # fmt: skip
# https://github.com/komoot/photon: GeoJSON, extent as west, north, east, south
PHOTON = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature", "geometry": {"type": "Point", "coordinates": [85.4298, 27.671]},
            "properties": {"osm_type": "N", "osm_id": 1, "osm_key": "place", "osm_value": "city", "type": "city",
                           "countrycode": "NP", "name": "Bhaktapur", "country": "Nepal",
                           "extent": [85.4, 27.7, 85.5, 27.6]},
        },
        {
            "type": "Feature", "geometry": {"type": "Point", "coordinates": [85.5, 27.5]},
            "properties": {"osm_key": "place", "osm_value": "village", "countrycode": "IN", "name": "Bhaktapur"},
        },
    ],
}  # fmt: skip
# https://developers.google.com/maps/documentation/geocoding/requests-geocoding
GOOGLE = {
    "status": "OK",
    "results": [
        {
            "formatted_address": "Bhaktapur 44800, Nepal", "place_id": "x", "types": ["locality", "political"],
            "address_components": [],
            "geometry": {
                "location": {"lat": 27.671, "lng": 85.4298}, "location_type": "APPROXIMATE",
                "viewport": {"southwest": {"lat": 27.6, "lng": 85.4}, "northeast": {"lat": 27.7, "lng": 85.5}},
            },
        }
    ],
}  # fmt: skip
PATHS = {"nominatim": "/search", "photon": "/api", "google": "/maps/api/geocode/json"}
ANSWERS: dict[str, Any] = {"nominatim": NOMINATIM, "photon": PHOTON, "google": GOOGLE}
EMPTY: dict[str, Any] = {
    "nominatim": [],
    "photon": {"features": []},
    "google": {"status": "ZERO_RESULTS", "results": []},
}


@dataclass
class Side:
    """The services' side: what it answers, and what it was asked."""

    url: str = ""
    status: int = 200
    body: str | None = None
    answers: dict[str, Any] = field(default_factory=lambda: dict(ANSWERS))
    calls: list[str] = field(default_factory=list)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.calls.append(request.full_path)
        service = next((name for name, path in PATHS.items() if request.path.rstrip("/") == path), None)
        if service is None:
            return Response(status=404)(environ, start_response)
        said = self.body if self.body is not None else json.dumps(self.answers[service])
        return Response(said, status=self.status, content_type="application/json")(environ, start_response)

    def list_questions(self) -> list[dict[str, list[str]]]:
        """The parameters of each call."""
        return [parse_qs(urlsplit(call).query) for call in self.calls]
