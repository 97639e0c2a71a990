"""Every vector that the rules give is proved by a test that names it, with the vector's own numbers in it.

`tests/expected/vectors.csv` says which: a vector without its line, a line without its test,
and a test that has not the
numbers are red. Where the rules themselves stand beside the project, the list is compared with them.
"""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import SHARED

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "tests" / "expected" / "vectors.csv"
RULES = SHARED / "design" / "rules.md"
# How many vectors each section has: what is left out of the list is missed here.
VECTORS = {
    "1": 8, "2": 6, "3": 5, "5": 13, "6": 11, "7": 14, "8": 35, "9": 7, "10": 11, "11": 10,
    "13": 1,
    "domain 8": 4, "domain 14": 1, "domain 22": 2, "domain 23": 3,
}  # fmt: skip


def lines() -> list[dict[str, str]]:
    with LIST.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def module(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def definitions(path: Path) -> dict[str, tuple[Path, ast.AST]]:
    """What a module defines by name at its top or takes from other tests, each with the module that it stands in."""
    found: dict[str, tuple[Path, ast.AST]] = {}
    for node in module(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = (path, node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [n.id for each in targets for n in ast.walk(each) if isinstance(n, ast.Name)]
            found |= dict.fromkeys(names, (path, node))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
            origin = ROOT / f"{(node.module or '').replace('.', '/')}.py"
            there = definitions(origin) if origin.exists() else {}
            names = [each.name for each in node.names if each.name in there]
            found |= {
                each.asname or each.name: there[each.name]
                for each in node.names
                if each.name in names
            }
    return found


def the_test(name: str) -> tuple[Path, ast.FunctionDef | None]:
    """The file and the function of `tests/a/test_b.py::TestC::test_d`."""
    path, *inside = name.split("::")
    body = module(ROOT / path).body if (ROOT / path).exists() else []
    node: ast.AST | None = None
    for part in inside:
        node = next(
            (n for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name == part),
            None,
        )
        body = getattr(node, "body", [])
    return ROOT / path, node if isinstance(node, ast.FunctionDef) else None


def said_by(path: Path, test: ast.FunctionDef) -> str:
    """The test with all that it uses of the tests: its constants and functions, and theirs."""
    seen: set[int] = set()
    left: list[tuple[Path, ast.AST]] = [(path, test)]
    texts: list[str] = []
    while left:
        where, node = left.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        nodes = list(ast.walk(node))
        texts += [str(each.value) for each in nodes if isinstance(each, ast.Constant)]
        used = {each.id for each in nodes if isinstance(each, ast.Name)}
        used |= {each.arg for each in nodes if isinstance(each, ast.arg)}  # fixtures
        known = definitions(where)
        left += [known[name] for name in used if name in known]
    return "\n".join(texts)


def test_every_vector_has_its_line() -> None:
    assert (
        Counter(section for section, _ in {(row["section"], row["vector"]) for row in lines()})
        == VECTORS
    )


@pytest.mark.parametrize("row", lines(), ids=lambda row: f"{row['section']} {row['vector']}")
def test_the_vector_is_proved_by_a_test_that_names_it(row: dict[str, str]) -> None:
    path, test = the_test(row["test"])
    assert test is not None, f"there is no {row['test']}"
    if re.fullmatch(r"[A-Z][0-9]+", row["vector"]):  # those that have a name
        told = f"{test.name.replace('_', ' ')} {ast.get_docstring(test) or ''}".lower()
        assert re.search(rf"\b{row['vector'].lower()}\b", told)
    said = said_by(path, test)
    missing = [number for number in row["numbers"].split(";") if number and number not in said]
    assert missing == [], f"{row['test']} says nothing of {missing}"
    assert any(isinstance(each, ast.Assert) for each in ast.walk(test))


def test_the_list_has_what_the_rules_have() -> None:
    if not RULES.exists():
        pytest.skip(f"the rules are not here: {RULES}")
    told = {row["vector"] for row in lines()}
    text = RULES.read_text(encoding="utf-8")
    sections = {
        part.partition(".")[0]: part for part in re.split(r"^## ", text, flags=re.MULTILINE)
    }
    named = set(re.findall(r"^\| (P\d) \|", sections["1"], re.MULTILINE))
    named |= set(re.findall(r"^- (L\d):", sections["2"], re.MULTILINE))
    assert len(named) == 13
    assert named <= told
    numbers = {
        number for row in lines() if row["section"] == "8" for number in row["numbers"].split(";")
    }
    table = [
        line for line in sections["8"].splitlines() if line.startswith("| ") and "Valid" not in line
    ]
    for line in table:
        _, scheme, _, valid, invalid, *_ = (
            cell.replace("*", "").strip() for cell in line.split("|")
        )
        values = [
            v
            for v in re.findall(r"[A-Z0-9][A-Z0-9 -]{7,}[A-Z0-9]", f"{valid}; {invalid}")
            if "BIK" not in v
        ]
        assert {v for v in values if len(v) > 6} <= numbers | {""}, scheme
