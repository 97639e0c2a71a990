"""The columns of a file on the mapper: what each means to the rows of which products, shown and typed.

A column may mean one thing to shares and another to deposits: it has a line for each meaning. A line
that names no product is for all that have its member.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from deals.importing.mapping import folded, names_of
from deals.importing.models import DealImport

SAMPLES = 3
MOST_MEANINGS = 12  # of one column
READS = (
    ("", _("as it stands")), ("magnitude", _("without its sign")), ("percent", _("as a percentage")),
    ("sign", _("its sign is the side")),
    ("pair", _("as a pair of currencies")), ("quote", _("second currency of a pair")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meaning:
    """One line of a column; its fields end with `suffix`."""

    suffix: str
    member: str = ""
    reads: str = ""
    words: str = ""
    only: str = ""


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column of the file: some of its values, and what it is mapped to now."""

    index: int
    name: str
    samples: str
    meanings: Sequence[Meaning]


def columns_of(
    row: DealImport, document: Mapping[str, Any], *, more: str = ""
) -> list[MappedColumn]:
    """Each column with its first values and all that is read from it; `more` is who gets a blank line."""
    rows = list(row.file_rows.filter(number__gt=row.header_row).order_by("number")[:20])
    found = []
    for index, name in enumerate(names_of(row.header)):
        values = [
            each.cells[index] for each in rows if index < len(each.cells) and each.cells[index]
        ]
        mapped = [m for m in document.get("members", ()) if name in m.get("columns", ())]
        meanings = [
            Meaning(
                _suffix(index, n), m["member"], m.get("reads", ""), written(m.get("values", {})),
                ", ".join(m.get("only", ())),
            )
            for n, m in enumerate(mapped[:MOST_MEANINGS])
        ]  # fmt: skip
        if not meanings or (more == str(index) and len(meanings) < MOST_MEANINGS):
            meanings.append(Meaning(_suffix(index, len(meanings))))
        samples = " · ".join(dict.fromkeys(values[:SAMPLES]))
        found.append(MappedColumn(index, name, samples, meanings))
    return found


def _suffix(index: int, number: int) -> str:
    return f"{index}-{number}" if number else str(index)


def written(words: Mapping[str, str]) -> str:
    """Words and what they mean, a line each."""
    return "\n".join(f"{word} = {meaning}" for word, meaning in words.items())


def written_constants(members: Iterable[Mapping[str, Any]]) -> str:
    """What is the same in every row, or in every row of some products: `deposit: rate = 0.15`."""
    said = [m for m in members if m.get("default")]
    return written({_constant(m["member"], m.get("only", ())): m["default"] for m in said})


def _constant(member: str, only: Sequence[str]) -> str:
    return f"{', '.join(only)}: {member}" if only else member


def read_words(text: str) -> dict[str, str]:
    found = {}
    for line in text.splitlines()[:200]:
        word, sign, meaning = line.rpartition("=")
        if sign and word.strip():
            found[word.strip()[:200]] = meaning.strip()[:200]
    return found


def _products(text: str) -> list[str]:
    return [name for name in re.split(r"[\s,;]+", text[:500]) if name]


def _meanings(post: QueryDict, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The lines that say a member, column by column."""
    for index, name in enumerate(names):
        for number in range(MOST_MEANINGS):
            suffix = _suffix(index, number)
            if member := post.get(f"member-{suffix}", ""):
                yield {
                    "member": member, "columns": [name], "reads": post.get(f"reads-{suffix}", ""),
                    "values": read_words(post.get(f"words-{suffix}", "")),
                    "only": _products(post.get(f"only-{suffix}", "")), "default": "",
                }  # fmt: skip


def _agree(words: Mapping[str, str], others: Mapping[str, str]) -> bool:
    """Whether no word means two things: one column may call 1 a purchase, and another a sale."""
    said = {folded(word): meaning for word, meaning in words.items()}
    return all(said.get(folded(word), meaning) == meaning for word, meaning in others.items())


def typed_members(post: QueryDict, names: Sequence[str]) -> list[dict[str, Any]]:
    """Columns of one member stand in their order in the file, together where they are read alike.

    A constant stands behind the last of them: it is for rows where none of them says anything.
    """
    constants = {}
    for said, value in read_words(post.get("constants", "")).items():
        only, _colon, member = said.rpartition(":")
        constants[member.strip(), tuple(_products(only))] = value
    last: dict[tuple[str, tuple[str, ...]], dict[str, Any]] = {}
    order: list[dict[str, Any]] = []
    for each in _meanings(post, names):
        key = each["member"], tuple(each["only"])
        before = last.get(key)
        if before and before["reads"] == each["reads"] and _agree(before["values"], each["values"]):
            before["columns"] += each["columns"]
            before["values"] |= each["values"]
        else:
            order.append(each)
            last[key] = each
    for key, each in last.items():
        each["default"] = constants.pop(key, "")
    rest = [
        {"member": member, "default": value, "only": list(only)}
        for (member, only), value in constants.items()
    ]
    return order + rest


def typed_document(request: HttpRequest, row: DealImport) -> dict[str, Any]:
    """The mapping that was typed."""
    post, names = request.POST, names_of(row.header)
    chosen = [name for name in post.getlist("rows_columns") if name in names]
    return {
        "rows": {"columns": chosen, "values": read_words(post.get("words", "")),
                 "otherwise": post.get("otherwise", "")},
        "members": typed_members(post, names),
        "reference": {"prefix": post.get("prefix", "")[:20],
                      "columns": [n for n in post.getlist("reference_columns") if n in names]},
        "stage": post.get("stage", "executed"), "decimal": post.get("decimal", "."),
        "dates": [post.get("dates", "YYYY-MM-DD")], "zone": post.get("zone", "UTC"),
        "time": post.get("time", "12:00"),
        "blanks": [word.strip() for word in post.get("blanks", "").split(",") if word.strip()],
    }  # fmt: skip
