"""The commands of `flask --app wsgi`. Each calls one use case and prints the result, or one clear line for an error."""

from flask import Flask

from reporting.bootstrap import Program
from reporting.commands.campaign import make_campaign_group, make_schema_group, make_status_command
from reporting.commands.channel import make_channels_group
from reporting.commands.conversation import make_conversation_group
from reporting.commands.cost import make_outbox_group
from reporting.commands.dedupe import make_dedupe_command
from reporting.commands.demo import make_demo_group
from reporting.commands.incident import make_incidents_group
from reporting.commands.lesson import make_lessons_group
from reporting.commands.likeness import make_likeness_group
from reporting.commands.media import make_media_group
from reporting.commands.message import make_messages_group, make_reports_group
from reporting.commands.operate.api_key import make_api_key_group
from reporting.commands.operate.doctor import make_doctor_command
from reporting.commands.operate.guarding import guard
from reporting.commands.operate.user import make_users_group
from reporting.commands.operate.work import make_work_command
from reporting.commands.place import make_areas_group, make_gazetteer_group, make_geocode_command
from reporting.commands.release import make_quality_command, make_release_group
from reporting.commands.safeguarding import make_safeguarding_group


def register_commands(app: Flask, program: Program) -> None:
    """Add every command to the app."""
    for make in (
        make_schema_group,
        make_campaign_group,
        make_gazetteer_group,
        make_areas_group,
        make_geocode_command,
        make_lessons_group,
        make_messages_group,
        make_channels_group,
        make_reports_group,
        make_work_command,
        make_outbox_group,
        make_media_group,
        make_dedupe_command,
        make_likeness_group,
        make_incidents_group,
        make_status_command,
        make_release_group,
        make_safeguarding_group,
        make_conversation_group,
        make_quality_command,
        make_demo_group,
        make_api_key_group,
        make_users_group,
        make_doctor_command,
    ):
        app.cli.add_command(guard(make(program)))
