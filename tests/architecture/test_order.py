"""An app imports itself and what stands to its left; the kernel and the rules stay pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ORDER = (
    "backoffice.kernel", "backoffice.events", "backoffice.access", "backoffice.workflow",
    "backoffice.grants", "refdata", "backoffice.documents",
    "ledger", "limits", "onboarding", "deals", "settlements", "reconciliation", "expenses", "backoffice.connectors",
    "backoffice.webhooks", "reporting", "backoffice",
)  # fmt: skip
# The applications of Celery and Django's URLs are loaded by name; a migration may name any app.
SKIPPED = ("migrations",)


def app_of(module: str) -> str:
    found = [app for app in ORDER if module == app or module.startswith(f"{app}.")]
    return max(found, key=len, default="")


def modules() -> Iterator[tuple[str, Path]]:
    for top in (
        "backoffice", "refdata", "ledger", "limits", "onboarding", "deals", "settlements", "reconciliation", "expenses",
        "reporting",
    ):  # fmt: skip
        for path in sorted((ROOT / top).rglob("*.py")):
            if not set(SKIPPED) & set(path.parts):
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                yield name.removesuffix(".__init__"), path


def imports_of(path: Path) -> Iterator[str]:
    """Names of modules that a file imports, except for the type checker alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_app_imports_to_its_right() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules()
        for imported in imports_of(path)
        if app_of(imported) and ORDER.index(app_of(imported)) > ORDER.index(app_of(name))
    ]
    assert wrong == []


def test_the_kernel_knows_no_framework() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules()
        if name.startswith("backoffice.kernel")
        for imported in imports_of(path)
        if imported.split(".")[0] in ("django", "rest_framework", "celery", "psycopg2")
    ]
    assert wrong == []


def test_rules_and_products_know_no_database() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules()
        if path.name == "rules.py" or "products" in name.split(".")
        for imported in imports_of(path)
        if imported.startswith("django") or ".models." in imported
    ]
    assert wrong == []


def test_states_move_in_one_place_only() -> None:
    """`state=` in an update, or `.state =`, would move a state without its event."""
    wrong = []
    for name, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "update":
                names = {keyword.arg for keyword in node.keywords}
                if names & {"state", "approval", "transmission", "matching", "hold", "settlement"}:
                    wrong.append(f"{name}:{node.lineno}")
    assert wrong == []


def test_no_file_has_grown_beyond_reading() -> None:
    sizes = {name: len(path.read_text().splitlines()) for name, path in modules()}
    assert {name: size for name, size in sizes.items() if size > 330} == {}
