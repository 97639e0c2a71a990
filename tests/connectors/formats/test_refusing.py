"""The words of refusals: each code that a reader uses has them, and no words are without a use."""

from __future__ import annotations

import ast
from pathlib import Path

from backoffice.connectors import formats
from backoffice.connectors.formats.checking import TEXTS
from backoffice.connectors.formats.refusing import (
    LONGEST_FOUND,
    MOST_PROBLEMS,
    WORDS,
    Problems,
    Refused,
    refuse,
    shown,
)

SOURCES = sorted(Path(formats.__file__).parent.rglob("*.py"))


def literals() -> set[str]:
    """Every text in the sources of the readers and writers, that could be a code."""
    return {
        node.value
        for path in SOURCES
        if path.name != "refusing.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def codes_given(to: str, place: int) -> set[str]:
    """The codes that stand in calls of `problems.add`, `refuse` or `remark`."""
    found: set[str] = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or len(node.args) <= place:
                continue
            name = (
                node.func.attr
                if isinstance(node.func, ast.Attribute)
                else getattr(node.func, "id", "")
            )
            code = node.args[place]
            if name == to and isinstance(code, ast.Constant) and isinstance(code.value, str):
                found.add(code.value)
    return found


def test_every_code_has_words_and_all_words_are_used() -> None:
    given = codes_given("add", 0) | codes_given("refuse", 1)
    assert given <= WORDS.keys()
    assert WORDS.keys() <= literals()
    assert codes_given("remark", 0) <= TEXTS.keys()


def test_at_most_so_many_are_told_and_all_are_counted() -> None:
    problems = Problems("test")
    for number in range(MOST_PROBLEMS + 5):
        problems.add("wrong-amount", f"line {number}", "x")
    try:
        problems.refuse()
    except Refused as refused:
        found = refused
    assert (len(found.problems), found.facts["count"]) == (MOST_PROBLEMS, MOST_PROBLEMS + 5)
    assert found.facts["first"] == "line 0"


def test_what_stood_there_is_shown_in_one_line() -> None:
    assert shown("a\nb\x00c") == "a b c"
    assert shown("x" * (LONGEST_FOUND + 1)) == "x" * LONGEST_FOUND + "…"


def test_a_refusal_is_said_in_words() -> None:
    try:
        refuse("camt", "missing-element", "/Document", missing="Stmt")
    except Refused as refused:
        text = str(refused)
    assert text == "file-refused: Read as camt it has 1 problems, the first at /Document."
