"""`manage.py check_requirements`: what is imported is declared, what is declared is imported.

A name that is in neither list is not ours to import: it is there by accident, through another
package. Programs and Django apps are used without an import, so their names in the settings, the
commands and the configuration count as well.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

DEVELOPMENT = frozenset({"tests", "benchmarks"})
SKIPPED = frozenset({"var", ".venv", ".git"})
# Used as programs or as types, by the Makefile and the tools' configuration.
TOOLS = frozenset(
    {
        "pytest-django", "pytest-xdist", "pytest-cov", "ruff", "mypy", "django-stubs",
        "djangorestframework-stubs", "celery-types",
    }
)  # fmt: skip


def declared(path: Path) -> set[str]:
    """Names in a requirements file, as package indexes normalise them."""
    found = (re.match(r"[A-Za-z0-9._-]+", line.strip()) for line in path.read_text().splitlines())
    return {normal(name.group()) for name in found if name and not name.group().startswith("-")}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(path: Path) -> Iterator[str]:
    """Top-level names of a file's imports, and of texts that name a module by its path."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def named(path: Path) -> Iterator[str]:
    """First parts of dotted names in texts: apps, middleware, programs run with `-m`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and re.fullmatch(r"\w+(\.\w+)*", str(node.value)):
            yield str(node.value).partition(".")[0]


class Command(BaseCommand):
    help = "Compares imports with requirements.txt and requirements-dev.txt."

    def handle(self, *args: Any, **options: Any) -> None:
        root: Path = settings.BASE_DIR
        runtime = declared(root / "requirements.txt")
        development = declared(root / "requirements-dev.txt")
        providers = {
            module: {normal(name) for name in names}
            for module, names in packages_distributions().items()
        }
        problems: list[str] = []
        used: set[str] = set()
        for path in sorted(root.rglob("*.py")):
            inside = path.relative_to(root)
            if not SKIPPED.isdisjoint(inside.parts):
                continue
            allowed = runtime | development if inside.parts[0] in DEVELOPMENT else runtime
            for module in set(imported(path)) - set(sys.stdlib_module_names):
                names = providers.get(module, set())
                used |= names
                if names and names.isdisjoint(allowed):
                    problems.append(
                        f"{inside}: {module} ({', '.join(sorted(names))}) is undeclared"
                    )
            for module in set(named(path)):
                used |= providers.get(module, set())
        unused = (runtime | development) - used - TOOLS
        problems += [f"{name} is declared and not used" for name in sorted(unused)]
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write(f"{len(runtime)} requirements, all used")
