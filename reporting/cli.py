"""The commands of `flask --app wsgi`. Each calls one use case and prints the result, or one clear line for an error.

A module of commands is imported when one of its commands is asked for: web processes run none, and some modules import
large libraries.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Final

import click
from flask import Flask
from flask.cli import AppGroup

from reporting.bootstrap import Program
from reporting.commands.operate.guarding import guard

# By the name of the command or group: its module in `reporting.commands`, and the function there that makes it.
_COMMANDS: Final = {
    "api-key": ("operate.api_key", "make_api_key_group"),
    "areas": ("place", "make_areas_group"),
    "audit": ("operate.audit", "make_audit_group"),
    "campaign": ("campaign", "make_campaign_group"),
    "channels": ("channel", "make_channels_group"),
    "conversation": ("conversation", "make_conversation_group"),
    "db": ("operate.schema", "make_schema_group"),
    "dedupe": ("dedupe", "make_dedupe_command"),
    "demo": ("demo", "make_demo_group"),
    "doctor": ("operate.doctor", "make_doctor_command"),
    "gazetteer": ("place", "make_gazetteer_group"),
    "geocode": ("place", "make_geocode_command"),
    "incidents": ("incident", "make_incidents_group"),
    "learned-places": ("learned_placement", "make_learned_places_group"),
    "likeness": ("matching", "make_matching_group"),
    "media": ("media", "make_media_group"),
    "messages": ("message", "make_messages_group"),
    "outbox": ("cost", "make_outbox_group"),
    "population": ("population", "make_population_group"),
    "quality": ("release", "make_quality_command"),
    "release": ("release", "make_release_group"),
    "reports": ("message", "make_reports_group"),
    "safeguarding": ("safeguarding", "make_safeguarding_group"),
    "status": ("campaign", "make_status_command"),
    "users": ("operate.user", "make_users_group"),
    "webhook": ("operate.subscription", "make_subscription_group"),
    "work": ("operate.work", "make_work_command"),
}


class ProgramCommands(AppGroup):
    """The commands of a program, each made when it is asked for, and those that libraries added to the app."""

    def __init__(self, program: Program, others: Mapping[str, click.Command]) -> None:
        super().__init__(commands=dict(others))
        self._program = program

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names of all commands."""
        return sorted({*super().list_commands(ctx), *_COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of this name; None if there is none."""
        if cmd_name in _COMMANDS and cmd_name not in self.commands:
            module, function = _COMMANDS[cmd_name]
            make = getattr(import_module(f"reporting.commands.{module}"), function)
            self.add_command(guard(make(self._program)), cmd_name)
        return super().get_command(ctx, cmd_name)


def register_commands(app: Flask, program: Program) -> None:
    """Add every command to the app."""
    app.cli = ProgramCommands(program, app.cli.commands)
