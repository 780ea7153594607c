"""A channel is known by what it can, not by its name: outside `channels/` no module asks which one it is."""

import ast
import re
from collections.abc import Iterator

from channels.built_in.capabilities import BUILT_IN
from channels.registry import ADAPTERS
from tests.conftest import ROOT
from tests.rules.source_tree import list_constants, list_modules

_NAMES = {*BUILT_IN, *ADAPTERS}
_OWN_WORDS = {"api", "email", "form", "generic"}  # words of other meanings, which are only barred from comparisons
# Who serves a channel, or sets one up, hands its name on.
_MAY_KNOW = {
    "reporting/bootstrap.py",  # registers the gateway that the settings alone set up
    "reporting/campaigns/campaign.py",  # `number` in a definition is short for an address on that channel
    "reporting/web/api/v1.py",
    "reporting/web/open311/endpoints.py",
    "reporting/web/openrosa/submissions.py",
    "reporting/web/report/form.py",
    "reporting/web/simulator/pages.py",
}
_BLUEPRINTS = {  # endpoints of a web page have the same name as the channel that it serves
    "reporting/web/edge/request_transaction.py",
    "reporting/web/openrosa/endpoints.py",
}
_IN_SQL = re.compile(r"\b(?:channel|source)\s*(?:=|<>|!=|(?:NOT )?IN\b|(?:=|<>) (?:ANY|ALL))\s*\(?\s*'", re.IGNORECASE)


def list_outside() -> Iterator[tuple[str, ast.Module]]:
    """The modules of all rooms but `channels/`."""
    return list_modules("reporting", "geo", "config")


def names_channel(tree: ast.Module) -> bool:
    """Whether a module uses the constant `NAME` of a channel."""
    modules = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("channels")
        for alias in node.names
    }
    return "NAME" in modules or any(
        isinstance(node, ast.Attribute) and node.attr == "NAME" and ast.unparse(node.value) in modules
        for node in ast.walk(tree)
    )


def test_only_who_serves_a_channel_knows_its_name() -> None:
    assert {path for path, tree in list_outside() if names_channel(tree)} == _MAY_KNOW


def test_no_module_spells_the_name_of_a_channel() -> None:
    found = {path for path, tree in list_outside() if (_NAMES - _OWN_WORDS) & set(list_constants(tree))}
    assert found == {"reporting/web/openrosa/endpoints.py", "reporting/web/edge/request_transaction.py"}
    assert found == _BLUEPRINTS


def test_no_comparison_asks_which_channel_it_is() -> None:
    for path, tree in list_outside():
        for node in ast.walk(tree):
            if isinstance(node, (ast.Compare, ast.MatchValue)):
                assert not _NAMES & set(list_constants(node)), f"{path}:{node.lineno}"


def test_no_statement_asks_which_channel_it_is() -> None:
    for path, tree in list_outside():
        for value in list_constants(tree):
            assert not _IN_SQL.search(value), f"{path}: {value}"


def test_the_built_in_channels_are_those_that_have_a_name() -> None:
    named = {
        path.stem for path in (ROOT / "channels" / "built_in").glob("*.py") if "\nNAME: " in path.read_text("utf-8")
    }
    assert len(named) == len(BUILT_IN)
