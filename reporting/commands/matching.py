"""Commands `flask likeness`: the match weights by which reports are linked, learned from moderators' decisions."""

import click
from flask.cli import AppGroup

from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.commands.edge import campaign_option, echo_counts, one_line_errors
from reporting.incidents.campaign_weights import SHIPPED_VERSION, add_weights, get_weights
from reporting.incidents.default_weights import WEIGHTS
from reporting.incidents.reliability import reliability
from reporting.incidents.rescore_queue import mark_all
from reporting.incidents.training_pairs import list_examples


def make_matching_group(program: Program) -> AppGroup:
    """Make `flask likeness`."""
    group = AppGroup("likeness", help="The weights by which reports are found to be of one incident.")

    @group.command("train")
    @click.option("--dry-run", is_flag=True, help="Learn and judge, but keep nothing.")
    @campaign_option
    @one_line_errors
    def train_(dry_run: bool, campaign: str | None) -> None:
        """Learn new match weights from moderators' links and unlinks; workers use them from their next batch on.

        Earlier links are rescored step by step (`flask incidents rescore` does it at once).

        Refused with too few decisions, and when the current version does better on the latest decisions.
        """
        from reporting.incidents.training import train  # noqa: PLC0415  # scipy: not for every command

        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
            trained = train(list_examples(connection, campaign_id), get_weights(connection, campaign_id))
            if not dry_run:
                version = add_weights(connection, campaign_id, trained.values, trained.figures)
                echo_counts(version=version, reports_to_look_at_again=mark_all(connection, campaign_id))
        echo_counts(**trained.figures)

    @group.command("show")
    @campaign_option
    @one_line_errors
    def show(campaign: str | None) -> None:
        """Show the version in use, its weights beside the shipped ones, and how often its scores were right.

        The curve uses only decisions that the version was not learned from, by tenths of the score.
        """
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
            weights = get_weights(connection, campaign_id)
            unseen = [e for e in list_examples(connection, campaign_id) if e.decision_id > weights.learned_until]
        shipped = " (shipped)" if weights.version == SHIPPED_VERSION else ""
        click.echo(f"version: {weights.version}{shipped}")
        echo_counts(**weights.figures)
        for name, shipped_weight in WEIGHTS.items():
            click.echo(f"  {name:<14} {weights.values[name]:>9.3f}  shipped {shipped_weight:>9.3f}")
        click.echo(f"decisions not learned from: {len(unseen)}")
        for tenth in reliability(unseen, weights.values):
            click.echo(
                f"  score {tenth.low:.1f}-{tenth.high:.1f}: {tenth.count} pairs, mean {tenth.mean_score:.2f},"
                f" linked by people {tenth.linked_share:.2f}"
            )

    return group
