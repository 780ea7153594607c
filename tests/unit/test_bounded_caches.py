"""No cache grows with what strangers write: caches are bounded in bytes, or it is said here why a count bounds them."""

import ast
from collections.abc import Iterator
from typing import Final

from tests.rules.source_tree import list_modules

_OF_PROGRAM: Final = "keyed by what the program or its files say"
_OF_CUT_WORDS: Final = "keyed by words that are cut to some letters before"
WHY: Final = {
    "reporting.web.data.guidance._render": "the documents of docs/guidance",
    "reporting.web.data.social_card._draw": "sixteen pictures, made of published figures and names of areas",
    "channels.blueprint._repeat": "answers of the program, but those that are personal",
    "channels.charset._has_octets": "names of codecs that Python knows",
    "channels.event_loop._repeat": "answers of the program, but those that are personal",
    "channels.webhook._count": _OF_PROGRAM,
    "config.bounded_cache.kept": "words of a bounded length alone",
    "config.languages.parse._list_types": _OF_PROGRAM,
    "config.table_file.records._cell": _OF_PROGRAM,
    "geo.resolver.toponym_runs.fold_word": "kept for one text",
    "geo.text.direction_words._strip": "single characters",
    "reporting.aggregation.ledger.list_spans": "periods, which are checked before",
    "reporting.dedupe.blocking._columns": "rows of a grid: numbers",
    "reporting.disclosure.noise._tabulate": _OF_PROGRAM,
    "reporting.extraction.pattern_search._correct": _OF_CUT_WORDS,
    "reporting.extraction.pattern_search._list_masks_of": _OF_CUT_WORDS,
    "reporting.extraction.pattern_search._list_masks_of_name": _OF_CUT_WORDS,
    "reporting.extraction.pattern_search.find": _OF_CUT_WORDS,
    "reporting.extraction.pattern_notation._list_chunk_forms": _OF_PROGRAM,
    "reporting.extraction.pattern_notation._make_element": _OF_PROGRAM,
    "reporting.extraction.sensitivity.guess": _OF_CUT_WORDS,
    "reporting.extraction.topic._hits": _OF_CUT_WORDS,
    "reporting.languages.normalise._fold_char": "single characters",
    "reporting.languages.sms_texts._catalogue": _OF_PROGRAM,
    "reporting.languages.spoken.list_languages": _OF_PROGRAM,
    "reporting.population.names.fold_area": "names of a file of the operator, cut, in one command",
}


def _list_caches() -> Iterator[str]:
    """List functions that are cached by more than one key, and what is assigned such a cache, by module."""
    for path, tree in list_modules():
        module = path.removesuffix(".py").replace("/", ".")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and _has_parameters(node):
                if any(_is_count_bound(each) for each in node.decorator_list):
                    yield f"{module}.{node.name}"
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _is_count_bound(node.value.func):
                yield f"{module}.{ast.unparse(node.targets[0]).removeprefix('self.')}"


def _has_parameters(function: ast.FunctionDef) -> bool:
    arguments = function.args
    return bool(arguments.args or arguments.posonlyargs or arguments.kwonlyargs or arguments.vararg)


def _is_count_bound(node: ast.expr) -> bool:
    """Tell whether an expression is a cache of the standard library."""
    called = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(called).split(".")[-1] in {"cache", "lru_cache"}


def test_a_cache_is_bounded_in_bytes_or_it_is_said_why_a_count_is_enough() -> None:
    assert sorted(set(_list_caches()) - WHY.keys()) == []


def test_nothing_is_said_of_a_cache_that_is_gone() -> None:
    assert sorted(WHY.keys() - set(_list_caches())) == []
