"""The files of a release: static bytes that anybody may keep, link to, read from another site and ask parts of."""

from typing import Final

from flask import Blueprint, abort, request, send_file, url_for
from werkzeug.wrappers import Response

from config.queues import FILES
from reporting.publishing.formats import FormatUnavailable, get_format, list_formats
from reporting.publishing.formats.csvw import METADATA
from reporting.publishing.formats.format import Format
from reporting.publishing.release_files import is_large
from reporting.publishing.release_info import ReleaseInfo
from reporting.publishing.written_files import FilesBusy, open_files
from reporting.web.auth import for_anybody
from reporting.web.data.file_answer import keep
from reporting.web.edge.problem_json import Problem, show_problem
from reporting.web.edge.request_transaction import get_program
from reporting.web.public_release import get_open, make_address

blueprint = Blueprint("release_files", __name__, url_prefix="/data/releases/<int:release_id>")

_RETRY_S: Final = 5
_RETRY_LARGE_S: Final = 60
_LATER: Final = "the file is being written: try again after the time that Retry-After says"


@blueprint.get("/files/")
@for_anybody
def list_files(release_id: int) -> tuple[dict[str, object], dict[str, str]]:
    """List the formats of a release with the addresses of their files."""
    release = get_open(release_id)
    formats = [
        {
            "format": each.name,
            "title": each.title,
            "files": [
                {"name": name, "media_type": file.media_type, "url": _address(release, name)}
                for file in each.files
                for name in [file.name_for(release)]
            ],
        }
        for each in list_formats(release)
    ]
    return {"release": release.id, "formats": formats}, {"Access-Control-Allow-Origin": "*"}


@blueprint.get("/files/<name>")
@for_anybody
def send(release_id: int, name: str) -> Response:
    """Send one file by its name; files that describe each other stand side by side here."""
    release = get_open(release_id)
    for format in list_formats(release):
        if name in [file.name_for(release) for file in format.files]:
            return answer_written(release, format, name)
    abort(404)


@blueprint.errorhandler(Problem)
def _answer_problem(problem: Problem) -> Response:
    return show_problem(problem)


def answer_format(release: ReleaseInfo, name: str) -> Response:
    """Answer with the first file of a format, under the short address `/data/releases/<id>.<format>`."""
    try:
        format = get_format(name)
    except FormatUnavailable:
        abort(404)
    if not format.is_for(release):
        abort(404)
    return answer_written(release, format, format.files[0].name_for(release))


def answer_written(release: ReleaseInfo, format: Format, name: str) -> Response:
    """Answer with a written file: its digest is the ETag; parts of it can be asked for, as map programs do.

    Raises Problem (503) while another process writes it, or will: that of a large release is written by the worker.
    """
    program = get_program()
    files = open_files(program.settings)
    try:
        with program.public.begin() as connection:
            if not files.has(release, format) and is_large(connection, release):
                program.waker.wake(FILES)
                raise Problem(503, _LATER, headers={"Retry-After": str(_RETRY_LARGE_S)})
            written = files.get(connection, release, format)
    except FilesBusy:
        raise Problem(503, _LATER, headers={"Retry-After": str(_RETRY_S)}) from None
    [file] = [each for each in written if each.name == name]
    is_packed = file.is_packed and request.accept_encodings["gzip"] > 0 and "Range" not in request.headers
    tag = file.sha256 + ("-gzip" if is_packed else "")  # other bytes, another tag
    path = files.find_path(release, file, is_packed=is_packed)
    answer = send_file(path, file.media_type, as_attachment=True, download_name=name, etag=tag, conditional=True)
    if is_packed:
        answer.content_encoding = "gzip"
    if file.is_packed:
        answer.vary.add("Accept-Encoding")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Access-Control-Expose-Headers"] = "ETag, Content-Range, Accept-Ranges, Link"
    answer.headers.extend([("Link", link) for link in _list_links(release, format)])
    return keep(answer, tag)


def _list_links(release: ReleaseInfo, format: Format) -> list[str]:
    """List the links of a file: the page of its release, and of a table its description."""
    links = [f'<{make_address(url_for("data.show_release", release_id=release.id))}>; rel="collection"']
    if format.name == "csv":
        name = METADATA.name_for(release)
        links.append(f'<{_address(release, name)}>; rel="describedby"; type="{METADATA.media_type}"')
    return links


def _address(release: ReleaseInfo, name: str) -> str:
    return make_address(url_for("release_files.send", release_id=release.id, name=name))
