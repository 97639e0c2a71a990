"""What a process says, and what no process may leave out. Pure.

Each kind of process has anchors: the steps that the program itself takes, with the roles and the other
eyes that no data can switch off (domain-decisions 7). A definition names them all, in their order and
without a condition, and adds steps and reactions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

from backoffice.access.roles import ROLES
from backoffice.workflow.processes.conditions import Condition, Measure, require_readable

KEY = re.compile(r"[a-z][a-z0-9-]{0,39}")
MOST_STEPS = 20
ACTING = tuple(role for role in ROLES if role not in ("gateway", "auditor"))
Text = Annotated[str, Meta(min_length=1, max_length=80)]
Minutes = Annotated[int, Meta(ge=0, le=14_400)]
Days = Annotated[int, Meta(ge=0, le=365)]


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """A name in both languages of the desk."""

    en: Text
    ru: Text

    def inside(self, language: str) -> str:
        return self.ru if language.startswith("ru") else self.en


class ProcessStep(Struct, frozen=True, forbid_unknown_fields=True):
    """What one role does. `documents` and `fields` must be there when it is done; it is due so many minutes
    before the cut-off of its case.
    """

    key: str
    name: Words
    role: str
    when: Condition = []
    other_eyes: bool = True
    documents: list[Words] = []
    fields: list[str] = []
    minutes_before: Minutes = 0


class Reaction(Struct, frozen=True, forbid_unknown_fields=True):
    """What happens by itself, once for each case: work for a role after so many days, where the condition holds.

    `sends` is a message that goes out as well, one of those of its kind of process.
    """

    key: str
    name: Words
    role: str
    after_days: Days
    when: Condition = []
    sends: str = ""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A step that the program takes; its role and its other eyes are fixed."""

    key: str
    role: str
    other_eyes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessKind:
    """What a process is about, and how far data may shape it.

    `takes_steps`: steps may be added behind any anchor, by those of `takers`; where the last anchor ends its cases
    (`ends_with_last`), behind any but that. `fields` may be required of a case by name.
    """

    name: str
    title: Any
    subject: str
    anchors: tuple[Anchor, ...]
    measures: tuple[Measure, ...]
    fields: tuple[tuple[str, Any], ...] = ()
    takes_steps: bool = False
    takers: tuple[str, ...] = ACTING
    ends_with_last: bool = False
    reacts: bool = False
    sends: tuple[tuple[str, Any], ...] = ()  # the messages that its reactions may send, by code

    @property
    def anchored(self) -> frozenset[str]:
        return frozenset(anchor.key for anchor in self.anchors)


class Process(Struct, frozen=True, forbid_unknown_fields=True):
    """A definition; each kind has a subclass that says which it is."""

    steps: list[ProcessStep]
    reactions: list[Reaction] = []
    kind: ClassVar[ProcessKind]

    def __post_init__(self) -> None:
        require_sound(self, type(self).kind)


def require_sound(process: Process, kind: ProcessKind) -> None:
    """Raises ValueError for a definition that leaves out what is fixed, or asks what nobody can tell."""
    if len(process.steps) > MOST_STEPS or len(process.reactions) > MOST_STEPS:
        raise ValueError(f"there are more than {MOST_STEPS} steps or reactions")
    both: list[ProcessStep | Reaction] = [*process.steps, *process.reactions]
    _require_keys([each.key for each in both])
    _require_anchors(process.steps, kind)
    if process.reactions and not kind.reacts:
        raise ValueError("nothing happens by itself in this process")
    for each in both:
        if each.role not in ACTING:
            raise ValueError(f"{each.key}: {each.role} is no role that acts")
        require_readable(each.when, kind.measures)
    sent = {"", *(code for code, _ in kind.sends)}
    for reaction in process.reactions:
        if reaction.sends not in sent:
            raise ValueError(f"{reaction.key}: {reaction.sends} is nothing that this process sends")
    named = {name for name, _ in kind.fields}
    for step in process.steps:
        if unknown := {*step.fields} - named:
            raise ValueError(
                f"{step.key}: {', '.join(sorted(unknown))} is no field of this process"
            )


def _require_keys(keys: Sequence[str]) -> None:
    if len({*keys}) < len(keys):
        raise ValueError("two steps have the same key")
    for key in keys:
        if not KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no key of a step")


def _require_anchors(steps: Sequence[ProcessStep], kind: ProcessKind) -> None:
    found = [step for step in steps if step.key in kind.anchored]
    wanted = ", ".join(anchor.key for anchor in kind.anchors)
    if [step.key for step in found] != [anchor.key for anchor in kind.anchors]:
        raise ValueError(f"the steps {wanted} are there, in this order")
    added = [step.key for step in steps if step.key not in kind.anchored]
    if added and not kind.takes_steps:
        raise ValueError("no step is added to this process")
    if added and steps[0].key != kind.anchors[0].key:
        raise ValueError(f"the first step is {kind.anchors[0].key}")
    if added and kind.ends_with_last and steps[-1].key != kind.anchors[-1].key:
        raise ValueError(f"the last step is {kind.anchors[-1].key}")
    for step in steps:
        if step.key in added and step.role not in kind.takers:
            raise ValueError(f"{step.key}: {step.role} takes no steps of this process")
    for step, anchor in zip(found, kind.anchors, strict=True):
        _require_unweakened(step, anchor)


def _require_unweakened(step: ProcessStep, anchor: Anchor) -> None:
    if step.when:
        raise ValueError(f"{step.key} is always needed")
    if anchor.other_eyes and not step.other_eyes:
        raise ValueError(f"{step.key} is always taken by other eyes")
    if step.role != anchor.role:
        raise ValueError(f"{step.key} is always taken by {anchor.role}")
    if step.documents or step.fields:
        raise ValueError(f"what {step.key} asks for is fixed; add a step that asks for more")


def asks_more(steps: Sequence[ProcessStep], kind: ProcessKind) -> bool:
    """Whether these steps are more than the program itself asks for: some were added, or an anchor wants other eyes.

    The first step is never by other eyes: nobody was there before it.
    """
    fixed = {anchor.key: anchor.other_eyes for anchor in kind.anchors}
    return any(step.other_eyes and not fixed.get(step.key, False) for step in steps[1:]) or any(
        step.key not in fixed for step in steps
    )


def keys_of(steps: Iterable[ProcessStep]) -> list[str]:
    return [step.key for step in steps]
