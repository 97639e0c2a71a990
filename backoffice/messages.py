"""Extracts, merges and compiles translations with Babel: pure Python, no gettext programs.

Babel reads Python itself. Templates are first turned into something like Python by Django's own
`templatize`, which replaces all but the texts, line by line, so that the places stay right.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
SKIPPED = frozenset({"var", ".venv", ".git", "tests", "migrations", "benchmarks", "node_modules"})
TEMPLATES = frozenset({".html", ".txt"})


def sources(root: Path) -> Iterator[Path]:
    """The files whose texts people see."""
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if (
            SKIPPED.isdisjoint(inside.parts)
            and path.is_file()
            and (path.suffix == ".py" or ("templates" in inside.parts and path.suffix in TEMPLATES))
        ):
            yield path


def extract_catalog(root: Path) -> Catalog:
    """Every text that is marked for translation, with the places where it stands."""
    catalog = Catalog(project="backoffice", fuzzy=False)
    for path in sources(root):
        content = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            content = templatize(content, origin=str(path))
        stream = io.BytesIO(content.encode("utf-8"))
        options = {"encoding": "utf-8"}
        for line, text, comments, context in extract(
            "python", stream, KEYWORDS, ("Translators:",), options
        ):
            if text and text != ("", ""):
                place = (str(path.relative_to(root)), line)
                catalog.add(text, locations=[place], auto_comments=comments, context=context)
    return catalog


def catalogs(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/LC_MESSAGES/django.po"))


def read_catalog(path: Path) -> Catalog:
    language = path.parent.parent.name
    if not path.exists():
        return Catalog(locale=language, project="backoffice", fuzzy=False)
    with path.open("rb") as stream:
        return read_po(stream, locale=language, domain="django")


def update_catalog(path: Path, template: Catalog) -> Catalog:
    """Bring a language's file up to the sources: nothing is guessed, nothing obsolete is kept."""
    catalog = read_catalog(path)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = template.creation_date
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        write_po(stream, catalog, width=100, omit_header=False, include_lineno=False)
    return catalog


def missing(catalog: Catalog, template: Catalog) -> list[Message]:
    """Texts of the sources that a language does not say, or says without being sure."""
    found = []
    for message in template:
        if not message.id:
            continue
        translated = catalog.get(_key(message), context=message.context)
        if translated is None or translated.fuzzy or not _complete(translated):
            found.append(message)
    return found


def _key(message: Message) -> str:
    return message.id[0] if isinstance(message.id, (list, tuple)) else str(message.id)


def _complete(message: Message) -> bool:
    texts = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return bool(texts) and all(texts)


def compile_catalog(path: Path) -> Path:
    target = path.with_suffix(".mo")
    with target.open("wb") as stream:
        write_mo(stream, read_catalog(path))
    return target
