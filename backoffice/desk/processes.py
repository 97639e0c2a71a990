"""Pages of processes: what each asks for now, its versions, and the steps of the two persons who change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from django.db.models import Count
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext

from backoffice.desk.base import Page, StepButton
from backoffice.desk.dated_rules import RuleButton, RuleStep, ShowRule
from backoffice.desk.process_drawing import case_words, drawn, said
from backoffice.desk.process_trying import TRIES, shown_of, try_version
from backoffice.kernel.errors import NotFound, Refusal
from backoffice.workflow.processes.definition import Process, ProcessStep, Reaction
from refdata.dated_rules.kinds import RuleKind
from refdata.dated_rules.selectors import rule, rules, tried
from refdata.dated_rules.vectors import value_of
from refdata.models import DatedRule, ProcessCase
from refdata.processes.kinds import process_named, processes
from refdata.processes.versions import Version, version_at, versions_of


class Listed(NamedTuple):
    """A process in the list of them."""

    kind: RuleKind[Any]
    now: Version | None
    steps: int
    reactions: int
    under_way: int
    waiting: Sequence[DatedRule]


class Processes(Page):
    permission = "workflow.view_workitem"
    template_name = "processes/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        counted = ProcessCase.objects.filter(state="OPEN").values("process")
        open_ones = dict(counted.annotate(n=Count("pk")).values_list("process", "n"))
        waiting = list(rules().filter(state="DRAFT", kind__startswith="process."))
        return {"processes": [self.listed(kind, open_ones, waiting) for kind in processes()]}

    def listed(
        self, kind: RuleKind[Any], open_ones: dict[str, int], waiting: list[DatedRule]
    ) -> Listed:
        now = version_at(versions_of(kind), timezone.now())
        steps, reactions = (now.process.steps, now.process.reactions) if now else ((), ())
        return Listed(
            kind, now, len(steps), len(reactions), open_ones.get(kind.name, 0),
            [row for row in waiting if row.kind == kind.name],
        )  # fmt: skip


class ShowProcess(Page):
    permission = "workflow.view_workitem"
    template_name = "processes/process.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kind = kind_in(kwargs["process"])
        now = version_at(versions_of(kind), timezone.now())
        return {
            "kind": kind, "now": now, **(pictured(now.process) if now else {}),
            "versions": list(rules().filter(kind=kind.name)),
            "under_way": ProcessCase.objects.filter(process=kind.name, state="OPEN").count(),
            "may_propose": self.user.has_perm("refdata.propose_process"),
        }  # fmt: skip


def kind_in(name: str) -> RuleKind[Any]:
    """The process of an address. Raises Http404."""
    try:
        return process_named(f"process.{name}")
    except Refusal:
        raise Http404 from None


def pictured(process: Process) -> dict[str, Any]:
    steps, reactions = said(process)
    return {"drawing": drawn(process), "steps": steps, "reactions": reactions}


class ShowVersion(ShowRule):
    """A version: its drawing, what it would have stopped, its examples, and the steps of the second person."""

    permission = "workflow.view_workitem"
    template_name = "processes/version.html"
    page_name = "process-version"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        row = context["rule"]
        kind = version_kind(row)
        process = value_of(kind, row.value)
        more: dict[str, Any] = {}
        if kind.name in TRIES and row.state in ("DRAFT", "IN_FORCE"):
            more["tried"] = shown_of(try_version(process, self.user, timezone.now()))
        return {
            **context, **more, **pictured(process), "examples": examples_of(row, process),
            "name": kind.name.removeprefix("process."),
            "may_propose": self.user.has_perm("refdata.propose_process"),
            "cases": ProcessCase.objects.filter(version=row).count(),
        }  # fmt: skip

    def steps(self, row: DatedRule) -> list[StepButton]:
        """A process has no source outside to be held against; it is taken back by who proposes processes."""
        found = [b for b in super().steps(row) if b.action not in ("adopt", "verify", "withdraw")]
        if row.state == "DRAFT" and self.user.has_perm("refdata.withdraw_process"):
            found.append(RuleButton("withdraw", "", asks_reason=True, seen=row.etag))
        return [
            replace(b, url=reverse("process-version-step", args=[str(row), b.action]))
            for b in found
        ]


def examples_of(row: DatedRule, process: Process) -> list[dict[str, Any]]:
    """The vectors of a version in words: what is known of a case, and which steps it comes to."""
    language = get_language() or "en"
    both: list[ProcessStep | Reaction] = [*process.steps, *process.reactions]
    names = {each.key: each.name.inside(language) for each in both}
    return [
        {
            "given": case_words(each.given, type(process).kind) or gettext("nothing is known"),
            "expected": " → ".join(names.get(key, key) for key in vector["expected"]) or "–",
            "passes": each.passes,
        }
        for each, vector in zip(tried(row), row.vectors, strict=True)
    ]  # fmt: skip


def version_kind(row: DatedRule) -> RuleKind[Any]:
    """Raises NotFound for a rule that is no process."""
    try:
        return process_named(row.kind)
    except Refusal:
        raise NotFound(what="process", reference=str(row)) from None


class VersionStep(RuleStep):
    """A step of a version; to take one back is the right of those who propose processes."""

    page_class = ShowVersion

    @property
    def permission(self) -> str:  # type: ignore[override]
        action = self.kwargs["action"]
        return f"refdata.{action}_{'process' if action == 'withdraw' else 'rule'}"

    def id_of(self, reference: str) -> int:
        row = rule(reference)
        version_kind(row)
        return int(row.pk)
