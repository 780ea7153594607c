"""One page to print about an area and period: three figures, a map, who is missing, and the promise of protection."""

from flask import Blueprint, abort, render_template, request

from reporting.aggregation.cube import PEOPLE
from reporting.publishing.release_brief import read_brief
from reporting.web.auth import for_anybody
from reporting.web.edge.caching import may_be_kept
from reporting.web.edge.problem_json import Problem, show_problem
from reporting.web.edge.request_transaction import get_program
from reporting.web.public_release import get_open, make_address

blueprint = Blueprint("brief", __name__, url_prefix="/data")
blueprint.register_error_handler(Problem, show_problem)


@blueprint.get("/releases/<int:release_id>/brief")
@for_anybody
@may_be_kept
def show_brief(release_id: int) -> str:
    """Show the brief of an area (`?area=`, at `?level=`), of the country without one, in the visitor's language."""
    release = get_open(release_id)
    if not release.has_noise or PEOPLE not in release.measures:
        abort(404)
    with get_program().public.begin() as connection:
        brief = read_brief(connection, release, request.args)
    names = {code: name for areas in brief.page.areas.values() for code, name in areas.items()}
    return render_template(
        "data/brief.html", release=release, page=brief.page, brief=brief, area_names=names,
        address=make_address(f"/data/releases/{release.id}"),
    )  # fmt: skip
