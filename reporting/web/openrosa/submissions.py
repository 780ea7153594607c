"""Store of ODK Collect's submissions: each once, however often and in however many parts it is sent.

A phone sends a form with many pictures in several calls, each with the same form and some of the pictures. It repeats a
call that got no answer. So every call is compared with what is stored, and only what is missing is stored.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from flask import g
from sqlalchemy import Connection

from channels.base.items import InboundMessage, MediaReference
from channels.built_in.openrosa import ATTACHMENTS, CONTENT, NAME, Submission, make_message
from config.errors import Unavailable
from config.logging import describe
from reporting.bootstrap import Program
from reporting.inbox.lookup import find_stored
from reporting.media.storage import MediaStoreUnavailable, keep_upload
from reporting.web.edge.client_network import find_network
from reporting.web.report.photo_quota import has_room_for_account

_log = structlog.get_logger()


class NotAllKept(Unavailable):
    """The words are stored, the pictures are not: store unavailable, disk full, or over the hourly quota.

    The pictures are stored when the same submission is sent again.
    """


@dataclass(frozen=True, slots=True)
class Received:
    """A parsed submission. `body` is the form as it was sent, `files` are names and bytes of its attachments."""

    campaign_id: int
    instance_id: str
    body: bytes
    submission: Submission
    files: Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class _Stored:
    """The values that the database has under an id."""

    content: str
    attachments: frozenset[str]


def receive(program: Program, connection: Connection, received: Received) -> str | None:
    """Store a submission and return its reference; None for a correction of an earlier one, which has its own.

    Raises StoreUnavailable and NotAllKept.
    """
    content = program.pseudonyms.hash_form(f"{received.campaign_id}:{_digest(received.body)}").hex()
    files = {_digest(data): data for _, data in received.files}
    external_id, stored = _store_form(program, connection, received, content, files)
    missing = {digest: data for digest, data in files.items() if digest not in stored.attachments}
    if missing:
        _store_rest(program, received, external_id, missing)
    return None if received.submission.follows else program.pseudonyms.make_reference(NAME, external_id)


def _store_form(
    program: Program, connection: Connection, received: Received, content: str, files: dict[str, bytes]
) -> tuple[str, _Stored]:
    """Store the form once. Returns its id and what is stored there. Another form with the same id gets a longer id."""
    plain = received.instance_id or f"without:{content}"
    longer = f"{plain}:{content}"
    stored = _store_once(program, connection, received, plain, content, files)
    if stored.content == content:
        return plain, stored
    return longer, _store_once(program, connection, received, longer, content, files)


def _store_once(
    program: Program,
    connection: Connection,
    received: Received,
    external_id: str,
    content: str,
    files: dict[str, bytes],
) -> _Stored:
    """Store the form where the id is free, and return what is stored then: another request may have been faster."""
    stored = _find_stored(program, connection, external_id)
    if stored is None:
        _store_message(program, received, external_id, content, files)
        stored = _find_stored(program, connection, external_id)
    return stored or _Stored(content, frozenset())


def _store_message(
    program: Program, received: Received, external_id: str, content: str, files: dict[str, bytes]
) -> None:
    media = _keep(program, files.values())
    submission = received.submission
    beside = {CONTENT: content, ATTACHMENTS: list(files) if media else []}
    message = make_message(
        replace(submission, payload={**submission.payload, **beside}),
        external_id=external_id,
        reference=None if submission.follows else program.pseudonyms.make_reference(NAME, external_id),
        network=find_network(program.settings.forwarded_hops),
        media=media,
        account_id=g.get("account_id"),
    )
    program.receiver.receive(NAME, [message], received.campaign_id)


def _store_rest(program: Program, received: Received, external_id: str, files: dict[str, bytes]) -> None:
    """Store pictures that came in another call than the form: a message without text that follows the form's."""
    media = _keep(program, files.values())
    if not media:
        raise NotAllKept
    digest = program.pseudonyms.hash_form(":".join(sorted(files))).hex()
    message = InboundMessage(
        external_id=f"{external_id}:{digest}",
        address=None,
        campaign_address=None,
        text="",
        media=media,
        follows=external_id,
    )
    program.receiver.receive(NAME, [message], received.campaign_id)


def _find_stored(program: Program, connection: Connection, external_id: str) -> _Stored | None:
    found = find_stored(connection, NAME, external_id)
    if found is None:
        return None
    sealed = found.payload_encrypted
    payload: dict[str, Any] = json.loads(program.pseudonyms.unseal(sealed)) if sealed is not None else {}
    return _Stored(payload.get(CONTENT, ""), frozenset(payload.get(ATTACHMENTS, ())))


def _keep(program: Program, files: Collection[bytes]) -> tuple[MediaReference, ...]:
    """Store all pictures or none. The words matter more than the pictures, which the phone sends again."""
    if not has_room_for_account(program.settings.var, files, g.account_id):
        _log.warning("photo_quota_exceeded")
        return ()
    try:
        return tuple(keep_upload(program.media_store, data) for data in files)
    except (MediaStoreUnavailable, OSError) as error:
        _log.error("attachment_not_stored", error=describe(error))
        return ()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
