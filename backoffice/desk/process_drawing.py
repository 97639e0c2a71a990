"""A process as the server draws it: its steps one below the other, a way past each that is not always needed.

The picture is for those who see it; the same is said beside it in sentences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.formats import number_format
from django.utils.translation import get_language, gettext

from backoffice.desk.process_words import OPS, ROLE_WORDS
from backoffice.workflow.processes.conditions import Comparison, Measure
from backoffice.workflow.processes.definition import Process, ProcessKind, ProcessStep, Reaction

WIDTH, LEFT, GAP = 340, 34, 26
TALL, FLAT = 66, 48  # of a box with a condition, and without
WRITTEN = 42  # signs that fit into a box


class Box(NamedTuple):
    """A step or a reaction: where it stands, what is written in it, and whether it is fixed."""

    y: int
    height: int
    name: str
    line: str
    condition: str
    tone: str  # good: fixed in the program; info: added; warn: happens by itself


class Drawing(NamedTuple):
    boxes: Sequence[Box]
    arrows: Sequence[str]
    passes: Sequence[str]  # the ways past steps that are not always needed
    height: int
    width: int = WIDTH
    left: int = LEFT

    @property
    def box_width(self) -> int:
        return WIDTH - LEFT - 2


class Said(NamedTuple):
    """A step or a reaction in sentences."""

    name: str
    role: Any
    fixed: bool
    condition: str
    more: Sequence[str]


def condition_words(condition: Sequence[Sequence[Comparison]], kind: ProcessKind) -> str:
    """When a step is needed, in words; empty for always."""
    known = {measure.name: measure for measure in kind.measures}
    groups = [
        gettext(" and ").join(_comparison(each, known.get(each.measure)) for each in group)
        for group in condition
    ]
    return gettext("; or ").join(groups)


def case_words(given: Mapping[str, Any], kind: ProcessKind) -> str:
    """What is known of a case, in words; empty where nothing is."""
    known = {measure.name: measure for measure in kind.measures}
    told = [
        f"{known[name].title}: {_value(known[name], value)}"
        for name, value in given.get("facts", {}).items()
        if name in known and value
    ]
    if given.get("days"):
        told.append(gettext("%(days)s days old") % {"days": given["days"]})
    return ", ".join(told)


def _comparison(test: Comparison, measure: Measure | None) -> str:
    if measure is None:
        return test.measure
    values = ", ".join(_value(measure, value) for value in test.values)
    return f"{measure.title} {OPS[test.op]} {values}"


def _value(measure: Measure, value: str) -> str:
    if measure.number:
        return str(number_format(value, use_l10n=True, force_grouping=True))
    return str(dict(measure.choices).get(value, value))


def said(process: Process) -> tuple[list[Said], list[Said]]:
    """The steps and the reactions of a process in sentences."""
    kind = type(process).kind
    return (
        [_step(step, kind) for step in process.steps],
        [_reaction(each, kind) for each in process.reactions],
    )


def _step(step: ProcessStep, kind: ProcessKind) -> Said:
    language = get_language() or "en"
    titles = dict(kind.fields)
    more = []
    if step.other_eyes:
        more.append(gettext("by other eyes than all before"))
    if step.documents:
        names = ", ".join(each.inside(language) for each in step.documents)
        more.append(gettext("with: %(documents)s") % {"documents": names})
    if step.fields:
        names = ", ".join(str(titles[name]) for name in step.fields)
        more.append(gettext("filled in: %(fields)s") % {"fields": names})
    if step.minutes_before:
        more.append(
            gettext("%(minutes)s min before the cut-off") % {"minutes": step.minutes_before}
        )
    return Said(
        step.name.inside(language), ROLE_WORDS.get(step.role, step.role),
        step.key in kind.anchored, condition_words(step.when, kind), more,
    )  # fmt: skip


def _reaction(each: Reaction, kind: ProcessKind) -> Said:
    more = [gettext("older than %(days)s days") % {"days": each.after_days}]
    if each.sends:
        more.append(gettext("and it sends: %(what)s") % {"what": dict(kind.sends)[each.sends]})
    return Said(
        each.name.inside(get_language() or "en"), ROLE_WORDS.get(each.role, each.role), False,
        condition_words(each.when, kind), more,
    )  # fmt: skip


def drawn(process: Process) -> Drawing:
    steps, reactions = said(process)
    y, boxes, arrows, passes = 20, [], [], []
    middle = LEFT + (WIDTH - LEFT) // 2
    for each in steps:
        box = _box(y, each, "good" if each.fixed else "info")
        arrows.append(f"M{middle} {y - GAP + 6} V{y - 2}")
        if each.condition:
            passes.append(_past(y - GAP // 2, y + box.height + GAP // 2))
        boxes.append(box)
        y += box.height + GAP
    end = y
    if steps:
        arrows.append(f"M{middle} {y - GAP} V{y - 8}")
    for each in reactions:
        boxes.append(_box(y + 6, each, "warn"))
        y = boxes[-1].y + boxes[-1].height + 8
    return Drawing(boxes, arrows, passes, max(y, end) + 6)


def _box(y: int, each: Said, tone: str) -> Box:
    line = " · ".join([str(each.role), *each.more[-1:]])
    height = TALL if each.condition else FLAT
    return Box(y, height, _cut(each.name), _cut(line), _cut(each.condition), tone)


def _past(start: int, end: int) -> str:
    x, middle = LEFT - 16, LEFT + (WIDTH - LEFT) // 2
    return (
        f"M{middle} {start} H{x + 6} Q{x} {start} {x} {start + 6} V{end - 6} Q{x} {end} {x + 6} {end}"
        f" H{middle - 6}"
    )


def _cut(text: str) -> str:
    return text if len(text) <= WRITTEN else f"{text[: WRITTEN - 1]}…"
