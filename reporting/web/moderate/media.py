"""Pictures and recordings for moderators: files that a browser shows or saves, and never runs."""

from collections.abc import Callable
from typing import Any, Final

import structlog
from cryptography.exceptions import InvalidTag
from flask import Blueprint, Response, abort
from flask_security import current_user

from config.logging import describe
from reporting.accounts.role import MODERATE
from reporting.media.sanitise import CONTENT_TYPE
from reporting.media.storage import MediaMissing, MediaStoreUnavailable
from reporting.moderation.report.media import StoredMedia, find_media
from reporting.web.auth import needs, sees_restricted
from reporting.web.current_campaign import get_scope
from reporting.web.edge.request_transaction import get_connection, get_program

blueprint = Blueprint("media", __name__, url_prefix="/moderate/media/<int:media_id>")

_log = structlog.get_logger()
# The page that a browser builds around a picture has an inline style; nothing else is allowed in it.
_POLICY: Final = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
_EXTENSIONS: Final = {"audio/amr": "amr", "audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp4": "m4a"}


def _is_inert(view: Callable[..., Any]) -> Callable[..., Any]:
    """Set a content security policy under which nothing in the answer can run (Talisman reads this attribute)."""
    view.talisman_view_options = {"content_security_policy": _POLICY}  # type: ignore[attr-defined]
    return view


@blueprint.get("")
@_is_inert
@needs(MODERATE)
def show_media(media_id: int) -> Response:
    """Send the picture, or the recording as a file to save."""
    found = _find(media_id)
    if found.content_type == CONTENT_TYPE:
        return _answer(media_id, found.key, CONTENT_TYPE, "inline")
    name = f"recording-{media_id}.{_EXTENSIONS.get(found.content_type, 'bin')}"
    return _answer(media_id, found.key, found.content_type, f'attachment; filename="{name}"')


@blueprint.get("/thumbnail")
@_is_inert
@needs(MODERATE)
def show_thumbnail(media_id: int) -> Response:
    """Send the thumbnail of the picture."""
    found = _find(media_id)
    if found.thumbnail_key is None:
        abort(404)
    return _answer(media_id, found.thumbnail_key, CONTENT_TYPE, "inline")


def _find(media_id: int) -> StoredMedia:
    connection = get_connection()
    scope = get_scope(connection)
    found = find_media(connection, scope.id, media_id, current_user.id, sees_restricted=sees_restricted())
    if found is None:
        abort(404)
    return found


def _answer(media_id: int, key: str, content_type: str, disposition: str) -> Response:
    try:
        data = get_program().media_store.open(key)
    except (MediaMissing, InvalidTag) as error:
        _log.error("media_missing", media_id=media_id, error=describe(error))
        abort(404)
    except MediaStoreUnavailable as error:
        _log.error("media_store_unavailable", media_id=media_id, error=describe(error.__cause__ or error))
        abort(503)
    headers = {
        "Content-Disposition": disposition,
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return Response(data, content_type=content_type, headers=headers)
