"""SQL is made of constants: states by their names, and nothing else is ever put into the text of a statement.

Other values are bound. So no state is spelt twice, and nothing that somebody wrote can become part of a statement. S608
of ruff asks for the second too, but cannot tell a constant from a value.
"""

import ast
import re
from collections.abc import Iterator

from geo.reasons import LocationSource
from reporting.models import states
from tests.rules.source_tree import list_constants, list_modules

_ENUMS = (
    states.AffectedRole,
    states.AnswerMode,
    states.Direction,
    states.ItemStatus,
    states.LinkState,
    states.MediaState,
    states.MessageState,
    states.Purpose,
    states.QuestionOutcome,
    states.ReportState,
)
_STATE = re.compile(rf"'(?:{'|'.join(sorted({state for enum in _ENUMS for state in enum}))})'")
_KIND = re.compile(rf"\bkind\W[^']*'(?:{'|'.join(states.DecisionKind)})'")
_SOURCE = re.compile(rf"location_source\W+'(?:{'|'.join(LocationSource)})'")
_SQL = re.compile(r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|WHERE|AND|NOT IN|IN|CASE|ARRAY|state|direction)\b")
_STATEMENT = re.compile(r"\b(?:SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|WHERE|FROM)\b")
_CONSTANT = re.compile(r"(?:\w+\.)?_?[A-Z][A-Z0-9_]*")
# Each is one of the constants that the lines around it name, or one of the database's own names.
_CHOSEN = {
    ("geo/search/autocomplete.py", "condition"),
    ("reporting/aggregation/counting/query.py", "columns"),  # of DIMENSIONS and the items of the quality report
    ("reporting/aggregation/counting/query.py", "profile"),
    ("reporting/aggregation/counting/query.py", "whom"),
    ("reporting/aggregation/dimension.py", "table"),  # profile or whom
    ("reporting/grants.py", "columns"),
    ("reporting/grants.py", "function"),
    ("reporting/grants.py", "role"),
}


def list_texts(tree: ast.Module) -> Iterator[str]:
    """The strings of a module but for its docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def test_no_statement_spells_a_state() -> None:
    found = [
        f"{path}: {match[0]} in {value.strip()[:60]!r}"
        for path, tree in list_modules("reporting", "geo")
        for value in list_texts(tree)
        if _SQL.search(value)
        for pattern in (_STATE, _KIND, _SOURCE)
        for match in pattern.finditer(value)
    ]
    assert found == []


def is_constant(node: ast.expr) -> bool:
    """Whether an expression is a constant, an item of one, a member of an enum, or made of such."""
    match node:
        case ast.Constant():
            return True
        case ast.JoinedStr():
            return all(is_constant(part.value) for part in node.values if isinstance(part, ast.FormattedValue))
        case ast.BinOp():
            return is_constant(node.left) and is_constant(node.right)
        case ast.Subscript():
            return is_constant(node.value)
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.GeneratorExp(generators=[each])]):
            return is_constant(each.iter)
        case ast.Call(func=ast.Attribute(attr="items"), args=[]):
            return is_constant(node.func.value)
        case ast.Call(func=ast.Attribute(attr="format")):
            return is_constant(node.func.value) and all(map(is_constant, node.args))
        case ast.Call(func=ast.Name(id="sql_list")):
            return all(is_constant(arg.value if isinstance(arg, ast.Starred) else arg) for arg in node.args)
    return _CONSTANT.fullmatch(ast.unparse(node)) is not None


def list_inserted(tree: ast.Module) -> Iterator[ast.expr]:
    """What a module puts into the texts of statements: by f-string, `format`, `%` or `+`."""
    templates = {
        ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and is_statement(node)
    }
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr() if is_statement(node):
                yield from (part.value for part in node.values if isinstance(part, ast.FormattedValue))
            case ast.BinOp(op=ast.Add() | ast.Mod()) if is_statement(node):
                yield from (node.left, node.right)
            case ast.Call(func=ast.Attribute(attr="format", value=made)):
                if is_statement(made) or ast.unparse(made) in templates:
                    yield from (*node.args, *(keyword.value for keyword in node.keywords))


def is_statement(node: ast.AST) -> bool:
    """Whether the strings in a tree look like SQL."""
    return bool(_STATEMENT.search(" ".join(list_constants(node))))


def test_only_constants_stand_in_the_text_of_a_statement() -> None:
    found = {
        (path, ast.unparse(inserted))
        for path, tree in list_modules("reporting", "geo")
        for inserted in list_inserted(tree)
        if not is_constant(inserted)
    }
    assert found == _CHOSEN
