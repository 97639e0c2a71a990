"""What keeps the house tidy: lengths, names, the clock, and texts that people can rely on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from backoffice.management.commands import write_problems
from tests.architecture.test_order import ORDER, ROOT, app_of, modules

LONGEST_FUNCTION = 70
FORBIDDEN = {"utils.py", "helpers.py", "managers.py", "signals.py", "mixins.py"}
# Where something begins: a request, a task, a command, the supervisor's loop.
CLOCKS = (
    "api", "views", "tasks", "management", "desk", "admin", "supervise",
    "templatetags", "access.authentication", "access.permissions", "readiness", "processes", "postgres", "valkey",
    "servers", "health", "lanes", "express", "demonstration", "idempotency", "commands",
)  # fmt: skip


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def test_no_function_is_too_long_to_read() -> None:
    sizes = {
        f"{name}.{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for name, path in modules()
        for node in functions(path)
    }
    assert {name: size for name, size in sizes.items() if size > LONGEST_FUNCTION} == {}


def test_no_file_is_named_for_nothing_in_particular() -> None:
    assert [name for name, path in modules() if path.name in FORBIDDEN] == []


def test_the_clock_is_read_where_something_begins_and_nowhere_below() -> None:
    wrong = []
    for name, path in modules():
        if any(part in name for part in CLOCKS):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            call = getattr(node, "func", None)
            if isinstance(node, ast.Call) and isinstance(call, ast.Attribute):
                owner = ast.unparse(call.value)
                if (owner, call.attr) in {
                    ("timezone", "now"), ("timezone", "localdate"), ("datetime", "now"),
                    ("date", "today"), ("datetime", "utcnow"),
                }:  # fmt: skip
                    wrong.append(f"{name}:{node.lineno}")
    assert wrong == []


def test_today_is_the_firms_day() -> None:
    """Of moments called `at` or `now` the date of UTC is taken for partitions only (decision 0231)."""
    partitions = {"ledger.services", "ledger.tasks", "backoffice.access.tasks", "refdata.firm_days"}
    own_clock = {"backoffice.connectors.simulator.place", "refdata.loading.moex_prices"}
    own_clock |= {"backoffice.templatetags.desk"}  # of the zone that is shown: that of the page
    commands = (".management.commands.",)  # which prepare partitions, or forget them
    wrong = [
        f"{name}: {found}"
        for name, path in modules()
        if name not in partitions | own_clock and not any(part in name for part in commands)
        for found in re.findall(
            r"\b(?:\w*at|now|now\(\))\.date\(\)|localdate\(\)", path.read_text(encoding="utf-8")
        )
        if found != "traded_at.date()" and found != "dealt_at.date()"  # by the sender's clock
    ]
    assert wrong == []


def test_tests_take_the_firms_day_too() -> None:
    """Else they fail from the firm's midnight until that of UTC; days of partitions and roots are UTC's."""
    utc = {"conftest.py", "test_personal.py", "history.py", "test_roots.py", "test_tidy.py"}
    wrong = [
        f"{path.relative_to(ROOT)}: {found}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if path.name not in utc
        for found in re.findall(
            r"(?<![\w.])at\.date\(\)|\bnow\(\)\.date\(\)|localdate\(|date\.today\(",
            path.read_text(encoding="utf-8"),
        )
    ]
    assert wrong == []


def test_apps_are_installed_in_the_order_of_their_dependencies() -> None:
    ours = [app for app in settings.INSTALLED_APPS if app_of(app)]
    parts = {"backoffice.desk", "backoffice.apps.AdministrationConfig"}  # parts of the last
    assert [app for app in ours if app not in parts] == [
        app for app in ORDER if app != "backoffice.kernel"
    ]


def test_no_foreign_key_and_no_migration_points_to_the_right() -> None:
    labels = {app.rpartition(".")[2]: app for app in ORDER}
    wrong = []
    for top in (
        "backoffice", "refdata", "ledger", "limits", "onboarding", "deals", "settlements", "reconciliation", "expenses",
        "reporting",
    ):  # fmt: skip
        for path in sorted((ROOT / top).rglob("migrations/0*.py")):
            own = app_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
            text = path.read_text(encoding="utf-8")
            pointed = re.findall(r'to="(\w+)\.\w+"', text) + re.findall(r'\("(\w+)", "0\d+', text)
            wrong += [
                f"{path.relative_to(ROOT)} points to {label}"
                for label in pointed
                if label in labels and ORDER.index(labels[label]) > ORDER.index(own)
            ]
    assert wrong == []


def test_every_refusal_has_a_code_of_its_own_a_text_and_a_remedy() -> None:
    found = write_problems.refusals()
    codes = [each.code for each in found]
    assert len(codes) > 25
    assert sorted(set(codes)) == codes
    assert [each.code for each in found if not (each.title and each.detail and each.hint)] == []


def test_every_refusal_is_explained_in_the_documents() -> None:
    text = write_problems.path().read_text(encoding="utf-8")
    told = text.partition(write_problems.BEGIN)[2]
    assert told == write_problems.written(), "manage.py write_problems"
