"""A version of a process while it is typed: read from the form, changed by its buttons, made a definition of.

The form is flat: `s2-name_en` is a member of its third step, `s2-t0-measure` of that one's first comparison.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backoffice.desk.process_words import ROLE_WORDS, in_language
from backoffice.workflow.processes.conditions import Comparison
from backoffice.workflow.processes.definition import Process, ProcessKind, ProcessStep, Reaction

MOST = 40  # steps, reactions or comparisons that a form is read for
NOT_SIGNS = re.compile(r"[^a-z0-9]+")


@dataclass(slots=True)
class DraftTest:
    """A comparison as typed; `joined` says how it goes with the one before."""

    joined: str = "and"
    measure: str = ""
    op: str = ""
    values: str = ""


@dataclass(slots=True)
class DraftStep:
    """A step or a reaction as typed; documents stand one a line, `English | Russian`."""

    key: str = ""
    name_en: str = ""
    name_ru: str = ""
    role: str = ""
    other_eyes: bool = True
    documents: str = ""
    fields: list[str] = field(default_factory=list)
    minutes_before: str = ""
    after_days: str = ""
    sends: str = ""
    tests: list[DraftTest] = field(default_factory=list)
    fixed: bool = False

    @property
    def name(self) -> str:
        return in_language(f"{self.name_en} | {self.name_ru}")

    @property
    def role_words(self) -> Any:
        return ROLE_WORDS.get(self.role, self.role)


@dataclass(slots=True)
class Draft:
    steps: list[DraftStep]
    reactions: list[DraftStep]


def draft_of(process: Process, kind: ProcessKind) -> Draft:
    """What a version says, as the form shows it."""
    return Draft(
        [_shown(step, kind) for step in process.steps],
        [_shown(each, kind) for each in process.reactions],
    )


def _shown(each: ProcessStep | Reaction, kind: ProcessKind) -> DraftStep:
    found = DraftStep(
        key=each.key, name_en=each.name.en, name_ru=each.name.ru, role=each.role,
        fixed=each.key in kind.anchored,
        tests=[
            _shown_test(test, "or" if number == 0 and group else "and")
            for group, tests in enumerate(each.when)
            for number, test in enumerate(tests)
        ],
    )  # fmt: skip
    if isinstance(each, Reaction):
        found.after_days, found.sends = str(each.after_days), each.sends
        return found
    found.other_eyes, found.fields = each.other_eyes, list(each.fields)
    found.documents = "\n".join(f"{name.en} | {name.ru}" for name in each.documents)
    found.minutes_before = str(each.minutes_before or "")
    return found


def _shown_test(test: Comparison, joined: str) -> DraftTest:
    return DraftTest(joined, test.measure, test.op.value, ", ".join(test.values))


def read_draft(typed: Mapping[str, Any], lists: Any, kind: ProcessKind) -> Draft:
    """The draft that a form holds; `lists(name)` gives all values under a name."""
    return Draft(_read(typed, lists, "s", kind), _read(typed, lists, "r", kind))


def _read(typed: Mapping[str, Any], lists: Any, letter: str, kind: ProcessKind) -> list[DraftStep]:
    found = []
    for number in range(MOST):
        at = f"{letter}{number}-"
        if f"{at}name_en" not in typed:
            break
        said = {
            name: str(typed.get(f"{at}{name}", "")).strip()[:1000]
            for name in ("key", "name_en", "name_ru", "role", "documents", "minutes_before", "after_days",
                         "sends")
        }  # fmt: skip
        found.append(
            DraftStep(
                **said, other_eyes=f"{at}other_eyes" in typed, fields=lists(f"{at}fields"),
                tests=_tests(typed, at), fixed=said["key"] in kind.anchored,
            )
        )  # fmt: skip
    return found


def _tests(typed: Mapping[str, Any], at: str) -> list[DraftTest]:
    found = []
    for number in range(MOST):
        if f"{at}t{number}-measure" not in typed:
            break
        names = ("joined", "measure", "op", "values")
        said = {n: str(typed.get(f"{at}t{number}-{n}", "")).strip()[:200] for n in names}
        found.append(DraftTest(**said))
    return found


def changed(draft: Draft, do: str) -> None:
    """What a button asks for: `add-s`, `add-r`, or `up`, `down`, `remove`, `test` of one such as `s2`."""
    verb, _, which = do.partition("-")
    rows = draft.reactions if which.startswith("r") else draft.steps
    if verb == "add":
        rows.append(DraftStep(role="manager", after_days="2"))
        return
    place = int(which[1:]) if which[1:].isdigit() else len(rows)
    if place >= len(rows):
        return
    if verb == "remove" and not rows[place].fixed:
        del rows[place]
    elif verb == "test":
        rows[place].tests.append(DraftTest())
    elif verb in ("up", "down"):
        other = place + (1 if verb == "down" else -1)
        if 0 <= other < len(rows):
            rows[place], rows[other] = rows[other], rows[place]


def value_of_draft(draft: Draft) -> dict[str, Any]:
    """The definition that a draft says, as JSON; what is wrong with it is found by reading it."""
    taken = {each.key for each in (*draft.steps, *draft.reactions) if each.key}
    return {
        "steps": [_step(each, taken) for each in draft.steps],
        "reactions": [_reaction(each, taken) for each in draft.reactions],
    }


def _step(each: DraftStep, taken: set[str]) -> dict[str, Any]:
    return {
        **_both(each, taken), "other_eyes": each.other_eyes, "fields": each.fields,
        "documents": [_name(line) for line in each.documents.splitlines() if line.strip()],
        "minutes_before": _number(each.minutes_before),
    }  # fmt: skip


def _reaction(each: DraftStep, taken: set[str]) -> dict[str, Any]:
    sends = {"sends": each.sends} if each.sends else {}
    return {**_both(each, taken), "after_days": _number(each.after_days), **sends}


def _both(each: DraftStep, taken: set[str]) -> dict[str, Any]:
    return {
        "key": each.key or _key(each.name_en, taken),
        "name": {"en": each.name_en, "ru": each.name_ru or each.name_en},
        "role": each.role, "when": _condition(each.tests),
    }  # fmt: skip


def _name(line: str) -> dict[str, str]:
    english, _bar, russian = (part.strip() for part in line.partition("|"))
    return {"en": english, "ru": russian or english}


def _number(text: str) -> Any:
    """A whole number; what is none stays as typed, and is refused when it is read."""
    return (int(text) if text.isascii() and text.isdigit() else text) if text else 0


def _key(name: str, taken: set[str]) -> str:
    """A key of its own made of an English name."""
    base = NOT_SIGNS.sub("-", name.lower()).strip("-")[:30].strip("-") or "step"
    base = base if base[0].isalpha() else f"step-{base}"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}-{number}", number + 1
    taken.add(key)
    return key


def _condition(tests: list[DraftTest]) -> list[list[dict[str, Any]]]:
    """Comparisons joined by and are a group; or begins another. A row without a measure says nothing."""
    groups: list[list[dict[str, Any]]] = []
    for test in tests:
        if not test.measure:
            continue
        if not groups or test.joined == "or":
            groups.append([])
        values = [value.strip() for value in test.values.split(",") if value.strip()]
        groups[-1].append({"measure": test.measure, "op": test.op, "values": values})
    return groups
