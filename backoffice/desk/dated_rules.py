"""Pages of dated rules: which are in force, what each computes by its vectors, and the steps of two people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.desk.base import StepButton, step_buttons
from backoffice.desk.inputs import Input, ProposePage
from backoffice.desk.reference import Reference
from backoffice.desk.rule_listings import RULES
from backoffice.desk.rule_words import told
from backoffice.desk.things import Thing, ThingStep, proposed, states_then
from backoffice.events.models import Event
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import Refusal
from refdata.dated_rules import services
from refdata.dated_rules.api import RuleInput
from refdata.dated_rules.kinds import KINDS
from refdata.dated_rules.selectors import rule, tried
from refdata.dated_rules.state import RULE_LIFECYCLE, VERIFICATION_LIFECYCLE
from refdata.models import DatedRule

LIFECYCLES = (RULE_LIFECYCLE, VERIFICATION_LIFECYCLE)


class Rules(Reference):
    """The tab of dated rules, with filters of its own."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.table, self.listing = "rules", RULES
        return super(Reference, self).dispatch(request, *args, **kwargs)


@dataclass(frozen=True, slots=True)
class RuleButton(StepButton):
    """A step in the words of rules: what is activated elsewhere comes in force here."""

    @property
    def title(self) -> Any:
        return RULE_STEPS[self.action]


RULE_STEPS = {
    "activate": _("Put in force"), "adopt": _("Record as adopted"), "decline": _("Decline"),
    "withdraw": _("Withdraw"), "repeal": _("Repeal"), "verify": _("Sign as checked"),
}  # fmt: skip


class ShowRule(Thing):
    permission = "refdata.view_refdata"
    template_name = "refdata/rule.html"
    page_name = "rule"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = rule(kwargs["reference"])
        head = self.head(history_of("rule", row.pk), LIFECYCLES)
        at = head["slider"].at
        now = {"state": row.state, "verification": row.verification}
        states = self.states_then(row, head["known"]) if at else now
        next_step, others = proposed("rule", [] if at else self.steps(row), None)
        kind = KINDS.get(row.kind)
        return {
            **head, "rule": row, "state": states["state"], "verification": states["verification"],
            "since_state": head["since"]["state"], "next_step": next_step, "others": others,
            "kind": kind.title if kind else row.kind, "value": _written(row.value),
            "told": told(row.kind, row.value),
            "vectors": _vectors(row), "successors": row.successors.order_by("id"),
            "may_propose": self.user.has_perm("refdata.propose_rule"),
        }  # fmt: skip

    def states_then(self, row: DatedRule, events: list[Event]) -> dict[str, str]:
        """From the events alone; base rules were born in the state that their source has."""
        kinds = {f"{RULE_LIFECYCLE.subject}.{name}" for name in RULE_LIFECYCLE.transitions}
        found = states_then(LIFECYCLES, events)
        if not any(event.kind in kinds for event in events):
            found["state"] = row.born_state
        return found

    def steps(self, row: DatedRule) -> list[StepButton]:
        buttons = step_buttons(
            row, LIFECYCLES, user=self.user, permission="refdata.{}_rule",
            url=lambda action: reverse("rule-step", args=[str(row), action]),
            asks_reason=("adopt", "decline", "withdraw", "repeal", "verify"),
        )  # fmt: skip
        return [
            RuleButton(
                b.action, b.url, b.primary and b.action != "repeal", b.asks_reason, seen=b.seen
            )
            for b in buttons
        ]

    def changes(self, event: Event) -> list[tuple[str, str, str]]:
        if event.kind not in ("rule.supersede", "rule.resume"):
            return []
        ends = event.facts["until"] or gettext("without an end")
        return [(gettext("Computes until"), event.facts["cause"], ends)]


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _vectors(row: DatedRule) -> list[dict[str, Any]]:
    """What each vector comes to; without a kind that computes, or a readable value: nothing."""
    try:
        found = tried(row)
    except Refusal:
        return []
    return [{name: _members(value) for name, value in each._asdict().items()} for each in found]


def _members(value: Any) -> Any:
    """What is given or computed, one member after another."""
    return (
        ", ".join(f"{k} = {v}" for k, v in value.items()) if isinstance(value, Mapping) else value
    )


class RuleStep(ThingStep):
    model = DatedRule
    app, subject = "refdata", "rule"
    find = staticmethod(lambda reference, visible_to: rule(reference))
    without_reason = ("activate",)
    page_class = ShowRule
    actions = {  # noqa: RUF012
        "activate": services.activate_rules,
        "adopt": services.adopt_rules,
        "decline": services.decline_rules,
        "withdraw": services.withdraw_rules,
        "repeal": services.repeal_rules,
        "verify": services.verify_rules,
    }


class NewRule(ProposePage):
    """A rule is proposed; `?like=RL-3` begins with what another one says."""

    permission = "refdata.propose_rule"
    form_id = "new-rule"
    heading = _("New rule")
    explanation = _(
        "A rule never changes: another law is another row, which ends the one before it. It "
        "computes once each of its vectors holds and another person has put it in force."
    )

    def inputs(self) -> Sequence[Input]:
        kinds = [(kind.name, kind.title) for kind in KINDS.values()]
        return (
            Input(name="kind", title=_("Kind of rule"), choices=kinds),
            Input(name="key", title=_("Scope (empty: all)"), offers="keys"),
            Input(name="valid_from", title=_("Valid from"), kind="date"),
            Input(name="valid_until", title=_("Valid until"), kind="date"),
            Input(name="source", title=_("Source")),
            Input(name="reason", title=_("Reason")),
            Input(name="value", title=_("What it says (JSON)"), kind="json"),
            Input(name="vectors", title=_("Vectors: name, given, expected (JSON)"), kind="json"),
        )

    def lists(self) -> Mapping[str, Any]:
        keys = sorted({key for kind in KINDS.values() for key in kind.keys if key})
        return {"keys": [(key, "") for key in keys]}

    def start(self) -> dict[str, str]:
        reference = self.request.GET.get("like", "")
        if not reference:
            return {}
        row = rule(reference)
        return {
            "kind": row.kind, "key": row.key, "source": row.source, "value": _written(row.value),
            "vectors": _written(row.vectors),
        }  # fmt: skip

    def propose(self, typed: Mapping[str, str]) -> str:
        given = RuleInput(data=read(typed))
        given.is_valid(raise_exception=True)
        terms = services.RuleTerms(**given.validated_data)
        row = services.propose_rule(terms=terms, actor=self.user, at=timezone.now())
        return reverse("rule", args=[str(row)])


def read(typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, JSON read where it is JSON; what is not stays away and is asked for."""
    found: dict[str, Any] = dict(typed)
    for name in ("value", "vectors"):
        try:
            found[name] = json.loads(typed.get(name, ""))
        except (ValueError, RecursionError):
            found.pop(name, None)
    return found
