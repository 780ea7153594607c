"""Command `flask doctor`: check an installation and print one line for each problem."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click
import psycopg
import redis
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from config.errors import SettingsError
from config.local.embedded_servers import PrivateServerError
from config.startup_check import check_start
from reporting.bootstrap import Program
from reporting.health import list_complaints, read_health
from reporting.media.storage import make_key
from reporting.moderation.second_reading.hold import list_stuck_campaigns
from reporting.schema import is_at_head

Check = Callable[[Program], Iterator[str]]
_ROOT: Final = Path(__file__).resolve().parents[3]

_CHANNELS_IN_USE = text("SELECT DISTINCT channel FROM campaign_address ORDER BY channel")
_CAMPAIGNS = text(
    """
    SELECT slug, organisation IS NULL OR contact IS NULL OR privacy_notice = '{}' AS is_nameless,
           coalesce(conversation -> 'emergency_line', '{}') = '{}' AS has_no_emergency_line,
           NOT EXISTS (SELECT FROM place WHERE place.campaign_id = campaign.id) AS has_no_places,
           NOT EXISTS (SELECT FROM area WHERE area.campaign_id = campaign.id) AS has_no_areas,
           NOT EXISTS (SELECT FROM campaign_address WHERE campaign_address.campaign_id = campaign.id) AS has_no_line
      FROM campaign ORDER BY slug
    """
)
_ROLES_HELD = text(
    """
    SELECT DISTINCT role.name FROM role
      JOIN account_role ON account_role.role_id = role.id
      JOIN account ON account.id = account_role.account_id WHERE account.active
    """
)


def make_doctor_command(program: Program) -> click.Command:
    """Make `flask doctor`."""

    @click.command("doctor")
    def doctor() -> None:
        """Check the installation: one line for each problem, exit code 1 if there is any."""
        found = [line for check in CHECKS for line in _run(check, program)]
        for line in found:
            click.echo(line)
        if found:
            raise SystemExit(1)
        click.echo("nothing is wrong")

    return doctor


def _run(check: Check, program: Program) -> Iterator[str]:
    """Run one check. Where the database is unavailable or empty, only the first two checks report it."""
    try:
        yield from check(program)
    except (DBAPIError, PrivateServerError, psycopg.Error):
        if check is check_database:
            yield "the database does not answer: see DATABASE_URL, or the log of the private server"


def check_settings(program: Program) -> Iterator[str]:
    """Check for settings with which nothing works, or with which people could read too much."""
    settings = program.settings
    try:
        check_start(settings)
    except SettingsError as error:
        yield str(error)
    if settings.is_development:
        yield "this is the demonstration (BARAZA_ENV=development): make a .env for a real installation"
    elif not settings.is_https:
        yield "PUBLIC_URL is not https: cookies and words go over the network as they are"
    for name in (settings.var / "secrets.env", _ROOT / ".env"):
        if name.exists() and stat.S_IMODE(name.stat().st_mode) & 0o077:
            yield f"{name.name} can be read by other accounts of this machine: chmod 600"
    if settings.database_url and settings.is_pepper_made_up:
        yield "DATABASE_URL without CONTACT_PEPPER: a second machine would make one of its own and know nobody"


def check_database(program: Program) -> Iterator[str]:
    """Check that the schema is at head and the database roles can be used."""
    with program.owner.begin() as connection:
        if not is_at_head(connection):
            yield "the schema is not at head: flask --app wsgi db upgrade"
            return
    for name, database in (("baraza_app", program.app), ("baraza_public", program.public)):
        try:
            with database.begin() as connection:
                connection.execute(text("SELECT 1"))
        except DBAPIError:
            yield f"the role {name} cannot be used: flask --app wsgi db upgrade makes roles and grants anew"


def check_redis(program: Program) -> Iterator[str]:
    """Check that Redis, the server of the queues, answers."""
    try:
        program.redis.ping()
    except redis.RedisError:
        yield "Redis does not answer: messages are stored and processed by nobody until it is back (REDIS_URL)"


def check_work(program: Program) -> Iterator[str]:
    """Check the waiting messages, the workers, and the free disk space."""
    with program.app.begin() as connection:
        health = read_health(connection, program.settings.var)
    yield from (complaint.words for complaint in list_complaints(health))


def check_media(program: Program) -> Iterator[str]:
    """Check the media store: write, read and delete a file."""
    key, written = make_key(), b"doctor"
    try:
        program.media_store.put(key, written)
        is_kept = program.media_store.open(key) == written
        program.media_store.delete(key)
    except Exception as error:  # noqa: BLE001  # a store of any kind may fail in any way, and that is the answer
        yield f"the store of pictures cannot be used ({type(error).__name__}): see MEDIA_URL"
    else:
        if not is_kept:
            yield "the store of pictures gives back something else than was put there: see MEDIA_URL"


def check_channels(program: Program) -> Iterator[str]:
    """Check for campaign addresses without a gateway, and for gateways whose messages belong to no campaign."""
    with program.owner.begin() as connection:
        in_use = set(connection.execute(_CHANNELS_IN_USE).scalars())
    for channel in sorted(in_use - set(program.gateways)):
        yield f"a campaign has a number on the channel {channel}, which is not set up: see CHANNELS_FILE"
    for channel in sorted(set(program.settings.channels) - in_use):
        yield f"the channel {channel} is set up, and no campaign has a number on it: its messages belong to nobody"
    for channel in sorted(in_use & set(program.gateways)):
        gateway = program.gateways[channel]
        if gateway.sending_needs and gateway.sender is None:
            yield f"a campaign has a number on {channel} without {gateway.sending_needs}: nobody is answered"


def check_campaigns(program: Program) -> Iterator[str]:
    """Check for campaigns that lack what people or figures need."""
    with program.owner.begin() as connection:
        campaigns = connection.execute(_CAMPAIGNS).all()
    if not campaigns:
        yield "there is no campaign: flask --app wsgi campaign create --help"
    for row in campaigns:
        if row.is_nameless:
            yield f"{row.slug} lacks organisation, contact or privacy notice: people cannot know who reads their words"
        if row.has_no_emergency_line:
            yield f"{row.slug} has no emergency line: who reports a fire is not told whom to call"
        if row.has_no_places:
            yield f"{row.slug} has no gazetteer: no report finds its place (flask gazetteer load)"
        if row.has_no_areas:
            yield f"{row.slug} has no boundaries: no report is counted in an area (flask areas load)"
        if row.has_no_line:
            yield f"{row.slug} has no number: nobody can text to it"


def check_people(program: Program) -> Iterator[str]:
    """Check that there are active accounts for the work that must be done."""
    with program.owner.begin() as connection:
        held = _list_roles_held(connection)
    for role, what in (
        ("moderator", "decides on reports"),
        ("supervisor", "makes releases and sees what was set aside"),
        ("safeguarding", "reads restricted reports"),
    ):
        if role not in held and "admin" not in held:
            yield f"no active account is {role}: nobody {what} (flask users create)"
    with program.owner.begin() as connection:
        for slug in list_stuck_campaigns(connection):
            yield f"{slug}: a restricted report waits for another person of its role (docs/operating.md)"


def _list_roles_held(connection: Connection) -> frozenset[str]:
    return frozenset(connection.execute(_ROLES_HELD).scalars())


def check_built(_program: Program) -> Iterator[str]:
    """Check that script/setup has built the front-end assets."""
    if not (_ROOT / "reporting/web/static/vendor/.stamp").exists():
        yield "the front-end assets are not built: script/setup"


CHECKS: Final[tuple[Check, ...]] = (
    check_settings, check_database, check_redis, check_work, check_media, check_channels, check_campaigns,
    check_people, check_built,
)  # fmt: skip
