"""The product runs with what requirements.txt brings, and nothing that only development has."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import distribution, packages_distributions
from typing import Any

from packaging.markers import default_environment
from packaging.requirements import Requirement

from backoffice.management.commands.check_requirements import normal
from tests.architecture.test_order import ROOT

# Loads what web, worker and clock load, in a process that cannot see what only development has.
LOADED = """
import sys
hidden = set(sys.argv[1].split())

class Hiding:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"{name} is not there without the development requirements")

sys.meta_path.insert(0, Hiding())
import django
django.setup()
import backoffice.web, backoffice.wsgi, gunicorn.app.wsgiapp
from django.urls import get_resolver
from backoffice.celery import app
get_resolver().url_patterns
app.loader.import_default_modules()
app.connection().transport
import celery.bin.worker, celery.bin.beat, celery.concurrency.prefork
print("everything is there")
"""


def brought_by(path: str) -> set[str]:
    """Every package that a requirements file brings, with the packages that those need."""
    waiting = [
        Requirement(line)
        for line in (ROOT / path).read_text(encoding="utf-8").splitlines()
        if re.match(r"[A-Za-z]", line)
    ]
    found: set[tuple[str, str]] = set()
    while waiting:
        wanted = waiting.pop()
        for extra in ("", *wanted.extras):
            key = (normal(wanted.name), extra)
            if key in found:
                continue
            found.add(key)
            for text in distribution(wanted.name).requires or ():
                needed = Requirement(text)
                environment: dict[str, Any] = {**default_environment(), "extra": extra}
                if needed.marker is None or needed.marker.evaluate(environment):
                    waiting.append(needed)
    return {name for name, _ in found}


def test_the_product_loads_without_what_only_development_has() -> None:
    allowed = brought_by("requirements.txt")
    hidden = [
        module
        for module, names in packages_distributions().items()
        if allowed.isdisjoint(map(normal, names))
    ]
    assert "pytest" in hidden
    done = subprocess.run(
        [sys.executable, "-c", LOADED, " ".join(hidden)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "everything is there", done.stderr
