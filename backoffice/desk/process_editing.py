"""The page on which a version of a process is made: changed step by step, tried on the past, and proposed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.process_drafts import Draft, changed, draft_of, read_draft, value_of_draft
from backoffice.desk.process_trying import TRIES, past_of, shown_of, try_version
from backoffice.desk.process_words import OPS, ROLE_WORDS
from backoffice.desk.processes import kind_in, pictured
from backoffice.kernel.errors import Refusal
from backoffice.workflow.processes.definition import ACTING, Process
from refdata.dated_rules.kinds import RuleKind
from refdata.dated_rules.selectors import rule
from refdata.dated_rules.services import RuleTerms, propose_rule
from refdata.dated_rules.vectors import RuleMalformed, value_of
from refdata.firm_days import firm_day
from refdata.processes.kinds import kind_of
from refdata.processes.trying import examples
from refdata.processes.versions import version_at, versions_of

SOURCE = "The firm's own process"


class EditProcess(Page):
    """Buttons of the form change the draft and bring it back; only proposing writes."""

    permission = "refdata.propose_process"
    template_name = "processes/edit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kind = kind_in(kwargs["process"])
        like = self.request.GET.get("like", "")
        if like:
            process: Any = value_of(kind, rule(like).value)
        else:
            version = version_at(versions_of(kind), timezone.now())
            process = version.process if version else None
        draft = draft_of(process, kind_of(kind)) if process else Draft([], [])
        return self.page(kind, draft, {"valid_from": firm_day(timezone.now()).isoformat()})

    def page(
        self, kind: RuleKind[Any], draft: Draft, typed: dict[str, str], **more: Any
    ) -> dict[str, Any]:
        about = kind_of(kind)
        try:
            more |= pictured(value_of(kind, value_of_draft(draft)))
        except Refusal:
            more |= {"steps": (), "reactions": ()}
        return {
            "kind": kind, "about": about, "name": kind.name.removeprefix("process."),
            "draft": draft, "typed": typed, "may_try": kind.name in TRIES,
            "roles": [(role, ROLE_WORDS.get(role, role)) for role in ACTING],
            "ops": [(op.value, words) for op, words in OPS.items()],
            "values": [
                (code, title, measure.title)
                for measure in about.measures
                for code, title in measure.choices
            ],
            **more,
        }  # fmt: skip

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        kind, do = kind_in(kwargs["process"]), request.POST.get("do", "")
        draft = read_draft(request.POST, request.POST.getlist, kind_of(kind))
        typed = {name: request.POST.get(name, "")[:500] for name in ("valid_from", "reason")}
        more: dict[str, Any] = {}
        status = 200
        if do in ("try", "propose"):
            try:
                process: Process = value_of(kind, value_of_draft(draft))
                if do == "propose":
                    return HttpResponseRedirect(self.propose(kind, draft, process, typed))
                more["tried"] = shown_of(try_version(process, self.user, timezone.now()))
            except Refusal as refusal:
                tell_refusal(request, refusal)
                status = 422
        else:
            changed(draft, do)
        return self.render_to_response(self.page(kind, draft, typed, **more), status=status)

    def propose(
        self, kind: RuleKind[Any], draft: Draft, process: Process, typed: dict[str, str]
    ) -> str:
        """Its examples are what it makes of past cases, so that a later program is held to the same."""
        at = timezone.now()
        terms = RuleTerms(
            kind=kind.name, value=value_of_draft(draft), source=SOURCE, reason=typed["reason"],
            vectors=examples(process, past_of(kind.name, self.user, at)),
            valid_from=_day(typed["valid_from"]),
        )  # fmt: skip
        row = propose_rule(terms=terms, actor=self.user, at=at)
        return reverse("process-version", args=[str(row)])


def _day(text: str) -> date:
    """Raises RuleMalformed."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RuleMalformed(what="valid_from", problem=text or "–") from None
