"""What the documents say is drawn from the code, or compared with it."""

from __future__ import annotations

import re
from pathlib import Path

from backoffice.access.roles import ROLES
from backoffice.demonstration import table
from backoffice.management.commands.draw_flow import BEGIN, drawn, path

ROOT = Path(__file__).resolve().parents[2]


def test_the_diagrams_are_those_of_the_declared_lifecycles() -> None:
    assert path().read_text(encoding="utf-8").partition(BEGIN)[2] == drawn(), "manage.py draw_flow"


def test_the_roles_are_all_explained() -> None:
    text = (ROOT / "docs" / "roles.md").read_text(encoding="utf-8")
    assert [name for name in ROLES if f"| {name} |" not in text] == []


def test_the_readme_shows_the_demonstration_users() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = [line.split()[0] for line in table().splitlines()[1:]]
    assert [name for name in names if f"`{name}`" not in readme] == []


def test_every_file_that_the_documents_name_exists() -> None:
    missing = []
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!http|#)([^)#]+)", document.read_text(encoding="utf-8")):
            if not (document.parent / target).exists():
                missing.append(f"{document.name}: {target}")
    assert missing == []
