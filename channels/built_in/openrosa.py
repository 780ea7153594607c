"""ODK Collect as a channel: reads a filled form (OpenRosa XML) and converts it to an inbound message."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from channels.base.errors import BodyUnreadable
from channels.base.items import InboundMessage, MediaReference
from channels.content_ids import make_content_id

NAME: Final = "openrosa"
MAX_XML_BYTES: Final = 1024 * 1024  # of a filled form, without its pictures
# Payload keys of the form's content and its attachments; retention keeps these and may delete the rest.
CONTENT: Final = "content"
ATTACHMENTS: Final = "attachments"
MARKS: Final = frozenset({CONTENT, ATTACHMENTS})
_DEEPEST_XML: Final = 100  # nesting of any document; a form definition is nested deeper than a filled form
_DEEPEST: Final = 20  # nested groups; no form that a person fills in has so many
_ID_LONGEST: Final = 100
_ACCURACY_WORST_M: Final = 100_000.0
_TRACE_LONGEST: Final = 20_000  # characters
_DEGREE_M: Final = 111_195.0
_META: Final = "meta"
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_LANGUAGE_CODE: Final = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z0-9]+)*\Z")
_ORDER: Final = re.compile(r"<submission\b[^<>]*(?:/>|>\s*</submission>)")  # as pyxform writes it
_UPLOAD: Final = "{http://www.w3.org/2002/xforms}upload"
_SET_POSITION: Final = "setgeopoint"
_ENCRYPTED_NAMES: Final = frozenset({"base64EncryptedKey", "encryptedXmlFile"})
# File names as ODK Collect makes them, for forms that do not say which questions ask for a file.
_FILE: Final = re.compile(
    r"[\w.()-]{1,120}\.(?:jpe?g|png|gif|webp|heic|bmp|amr|m4a|mp3|mp4|3gpp?|wav|ogg|opus|aac|flac|webm|mov|pdf|svg)",
    re.IGNORECASE,
)
_BIND: Final = "{http://www.w3.org/2002/xforms}bind"
_PRELOAD: Final = "{http://openrosa.org/javarosa}preload"
# Metadata that a phone records by itself, by XLSForm's names. Some of it identifies the phone's owner.
_NOTED: Final = frozenset(
    {"start", "end", "today", "deviceid", "subscriberid", "simserial", "phonenumber", "username", "email", "audit"}
)
# Usual names for positions that a phone records by itself.
_POSITIONS_NOTED: Final = frozenset(
    {"start-geopoint", "start_geopoint", "startgeopoint", "background-geopoint", "background_geopoint", "warmup"}
)


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A submission as it came: `fields` are pairs of path (`group/question`) and value, never empty.

    `instance_id` is empty where the program gave none. `follows` is the id of the submission that this one corrects.
    Fields in `meta` are left out: nobody typed them, they repeat the form, and they may name the volunteer.
    """

    form_id: str
    version: str
    instance_id: str
    follows: str | None
    language: str | None
    fields: tuple[tuple[str, str], ...]


class FormEncrypted(BodyUnreadable):
    """A submission encrypted for another key. Accepting it would make the phone delete the only copy."""


@dataclass(frozen=True, slots=True)
class Position:
    """A position in degrees, WGS 84; `accuracy_m` is the radius in metres that the phone gave, or None.

    `is_noted` tells that the phone recorded it by itself: it may be far from the reported place.
    """

    lat: float
    lon: float
    accuracy_m: float | None
    is_noted: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """The fields that a phone fills in by itself, by name.

    `values` are metadata, `positions` where the phone was, `files` the pictures and recordings sent beside the form.
    """

    values: frozenset[str]
    positions: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Submission:
    """The content of a filled form, read with its definition."""

    text: str
    language: str | None = None
    position: Position | None = None
    sent_at: datetime | None = None
    follows: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)


def read_filled_form(body: bytes) -> FilledForm:
    """Parse the XML of a submission. Raises BodyUnreadable if it is none, FormEncrypted if it is encrypted."""
    root = _parse(body)
    if root.get("encrypted", "").lower() in ("yes", "true", "1") or any(
        _split(child.tag)[1] in _ENCRYPTED_NAMES for child in root
    ):
        raise FormEncrypted
    form_id = root.get("id") or _split(root.tag)[0]
    leaves = list(_list_leaves(root))
    if not form_id or not leaves:
        raise BodyUnreadable
    meta = {path.removeprefix(f"{_META}/"): value for path, value in reversed(leaves) if path.startswith(f"{_META}/")}
    return FilledForm(
        form_id=form_id.strip(),
        version=root.get("version", "").strip(),
        instance_id=spell_id(meta.pop("instanceID", root.get("instanceID", ""))),
        follows=spell_id(meta.pop("deprecatedID", "")) or None,
        language=found[1].lower() if (found := _LANGUAGE_CODE.match(root.get(_LANGUAGE, ""))) else None,
        fields=tuple((path, value) for path, value in leaves if not path.startswith(f"{_META}/")),
    )


def spell_id(instance_id: str) -> str:
    """Return the id without blanks; an id too long for an index is replaced by its hash."""
    given = instance_id.strip()
    return given if len(given) <= _ID_LONGEST else make_content_id(given.encode("utf-8", "replace"))


def read_position(value: str) -> Position | None:
    """Parse a position "latitude longitude altitude accuracy", of which the last two are optional; None if invalid."""
    try:
        numbers = [float(part) for part in value.split()]
    except ValueError:
        return None
    if not 2 <= len(numbers) <= 4 or not all(math.isfinite(number) for number in numbers):
        return None
    lat, lon, *more = numbers
    if abs(lat) > 90 or abs(lon) > 180:
        return None
    accuracy_m = more[1] if len(more) == 2 and 0 < more[1] <= _ACCURACY_WORST_M else None
    return Position(lat, lon, accuracy_m)


def read_trace(value: str) -> Position | None:
    """Parse a drawn line or polygon ("lat lon alt acc; lat lon alt acc.

    ...") to its middle, with its radius in metres.
    """
    points = [read_position(part) for part in value[:_TRACE_LONGEST].split(";") if part.strip()]
    found = [point for point in points if point is not None]
    if len(found) < 2 or len(found) < len(points) - 1:  # the last one may be cut
        return None
    lat, lon = (sum(values) / len(found) for values in ([p.lat for p in found], [p.lon for p in found]))
    reach_m = max(math.hypot(p.lat - lat, (p.lon - lon) * math.cos(math.radians(lat))) for p in found) * _DEGREE_M
    return Position(lat, lon, min(reach_m, _ACCURACY_WORST_M))


def is_file_name(value: str) -> bool:
    """Tell whether a value is the name of a picture or recording, as ODK Collect writes one."""
    return _FILE.fullmatch(value) is not None


def list_recorded(xform: str) -> Noted:
    """List the fields that a phone fills in by itself, for one form or, where `xform` is empty, for any form."""
    if not xform:
        return Noted(_NOTED, _POSITIONS_NOTED)
    root = _parse(xform.encode())
    preloaded = {_name_of(bind, "nodeset") for bind in root.iter(_BIND) if bind.get(_PRELOAD)}
    positions = {_name_of(element, "ref") for element in root.iter() if _split(element.tag)[1] == _SET_POSITION}
    files = {_name_of(upload, "ref") for upload in root.iter(_UPLOAD)}
    return Noted(_NOTED | preloaded, _POSITIONS_NOTED | positions, frozenset(files))


def keep_answers_here(xform: str) -> str:
    """Remove from a form the instruction to submit answers to another server, or to encrypt them for another key."""
    return _ORDER.sub("", xform) if "<submission" in xform else xform


def _name_of(element: Element, attribute: str) -> str:
    return element.get(attribute, "").rpartition("/")[2]


def make_message(
    submission: Submission,
    *,
    external_id: str,
    reference: str | None,
    network: str | None,
    media: Sequence[MediaReference],
    account_id: int | None,
) -> InboundMessage:
    """Make the inbound message of a submission.

    The message has no sender, since the volunteer who fills in a form is not the reporter; their account is noted.
    """
    position = submission.position
    return InboundMessage(
        external_id=external_id,
        address=None,
        campaign_address=None,
        text=submission.text,
        payload=submission.payload,
        sent_at=submission.sent_at,
        media=tuple(media),
        point=(position.lat, position.lon) if position else None,
        point_accuracy_m=position.accuracy_m if position else None,
        is_point_noted=position is not None and position.is_noted,
        follows=submission.follows,
        answers=submission.answers,
        language=submission.language,
        network=network,
        reference=reference,
        account_id=account_id,
    )


class _Builder(TreeBuilder):
    """Builds the XML tree, and stops as soon as it is nested too deeply."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[Any, Any], /) -> Element:
        """Start an element. Raises BodyUnreadable when it is nested too deeply."""
        self._depth += 1
        if self._depth > _DEEPEST_XML:
            raise BodyUnreadable
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        """End an element."""
        self._depth -= 1
        return super().end(tag)


def _parse(body: bytes) -> Element:
    """Parse a document to its root.

    One that is not valid in its encoding is read as UTF-8, so that a wrong byte costs little.
    """
    for document in (body, body.decode("utf-8", "replace")):
        try:
            parser = DefusedXMLParser(target=_Builder(), forbid_dtd=True)
            parser.feed(document)
            return parser.close()  # type: ignore[no-any-return]
        except DefusedXmlException:
            raise BodyUnreadable from None
        except (ParseError, LookupError, ValueError):
            continue
    raise BodyUnreadable


def _list_leaves(root: Element) -> Iterator[tuple[str, str]]:
    """List paths and values in document order. Raises BodyUnreadable where groups are nested too deeply."""
    waiting = [(child, "", 1) for child in reversed(root)]
    while waiting:
        element, above, depth = waiting.pop()
        if depth > _DEEPEST:
            raise BodyUnreadable
        path = f"{above}{_split(element.tag)[1]}"
        if value := (element.text or "").strip():
            yield path, value
        waiting.extend((child, f"{path}/", depth + 1) for child in reversed(element))


def _split(tag: Any) -> tuple[str, str]:
    """Split a tag into namespace and name."""
    namespace, _, name = str(tag).rpartition("}")
    return namespace.removeprefix("{"), name
