"""Every step has words: as something that happened, and as a button."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps

from backoffice.desk.base import STEP_TITLES
from backoffice.desk.words import TITLES
from backoffice.kernel.lifecycle import Lifecycle, Transition
from backoffice.workflow.models import StatefulModel

# Steps that are taken by forms of their own, whose buttons say in words what they do.
BY_FORMS = {
    "rule.activate", "rule.adopt", "rule.repeal", "screeninghit.propose_clearing",
    "screeninghit.approve_clearing", "screeninghit.decline_clearing", "confirmation.link",
    "inbound.replay", "dealimport.map", "dealimport.load", "settlement.release_part",
    "settlement.request_cancel", "workitem.requeue",
}  # fmt: skip
WITHOUT_A_STATE = {
    f"settlement.{step}"
    for step in ("prioritise", "allow_parts", "link", "end_link", "exceed_limit", "lack_cover")
}


def steps() -> Iterator[tuple[Lifecycle, Transition]]:
    for model in apps.get_models():
        if issubclass(model, StatefulModel):
            for lifecycle in model.lifecycles:
                yield from ((lifecycle, each) for each in lifecycle.transitions.values())


def test_everything_that_can_happen_is_told_in_words() -> None:
    happens = {f"{lifecycle.subject}.{step.name}" for lifecycle, step in steps()}
    assert sorted((happens | WITHOUT_A_STATE) - TITLES.keys()) == []


def test_every_button_says_in_words_what_it_does() -> None:
    pressed = {
        f"{lifecycle.subject}.{step.name}"
        for lifecycle, step in steps()
        if not step.by_rule and step.name not in STEP_TITLES
    }
    assert sorted(pressed) == sorted(BY_FORMS)
