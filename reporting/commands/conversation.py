"""Commands `flask conversation`: classify the intent of messages."""

from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

import click
from flask.cli import AppGroup
from sqlalchemy import select

from config.table_file.errors import Remarks
from config.table_file.reader import count_rows
from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.commands.edge import echo_counts, echo_remarks, one_line_errors, progress
from reporting.conversation.answers import Hints
from reporting.conversation.intent import Intent, classify_words
from reporting.csv_annotation import Added, annotate
from reporting.languages.clean import normalise_text
from reporting.models.campaign import Campaign

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_INTENTS: Final = {Intent.COURTESY: "thanks", Intent.NOTHING: "answer"}
_EMPTY: Final = "empty"


def make_conversation_group(program: Program) -> AppGroup:
    """Make `flask conversation`."""
    group = AppGroup("conversation", help="What messages are in a conversation.")

    @group.command("classify")
    @click.argument("file", type=_FILE)
    @click.option("--text-column", "column", required=True, metavar="C", help="The column of texts.")
    @click.option(
        "-o", "--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), required=True,
        help="The CSV to write.",
    )  # fmt: skip
    @click.option("--campaign", metavar="SLUG", help="Only orders in this campaign's languages (needs the database).")
    @one_line_errors
    def classify(file: Path, column: str, output: Path, campaign: str | None) -> None:
        """Classify the text of each row of a CSV FILE as if it were the first message of its sender.

        The output has the same rows in the same order, with two more columns: `intent` (report, greeting, thanks,
        answer, command, empty) and `command` (STOP, START, FORGET, HELP, STATUS, LANGUAGE, or nothing).
        """
        read = make_classifier(_read_languages(program, campaign))
        counts: Counter[str] = Counter()

        def count(text: str) -> tuple[str, str]:
            found = read(text)
            counts[found[0]] += 1
            return found

        remarks = Remarks()
        with progress("rows", count_rows(file)) as tick:
            rows = annotate(
                file, output, Added(column, ("intent", "command"), "conversation_"), count, tick, remarks.append
            )
        echo_remarks(remarks)
        echo_counts(rows=rows, **dict(sorted(counts.items())))

    return group


def make_classifier(languages: Collection[str] | None) -> Callable[[str], tuple[str, str]]:
    """Make a function that reads (intent, command) of a text. A report that also opts out has the command STOP."""
    hints = Hints(has_place=False, topic_id=None, languages=languages)

    def classify(text: str) -> tuple[str, str]:
        words = normalise_text(text)
        classified = classify_words(words, None, hints)
        if classified.command is not None:
            return Intent.COMMAND.value, classified.command.command.name
        if classified.intent is Intent.NOTHING and not any(map(str.isalnum, words)):
            return _EMPTY, ""
        return _INTENTS.get(classified.intent, classified.intent.value), "STOP" if classified.leaves else ""

    return classify


def _read_languages(program: Program, slug: str | None) -> list[str] | None:
    if slug is None:
        return None
    with program.owner.begin() as connection:
        campaign_id = get_campaign_id(connection, slug)
        return list(connection.execute(select(Campaign.languages).where(Campaign.id == campaign_id)).scalar_one())
