"""Forms of the desk: their inputs as data, and the page on which something is proposed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import ValidationError

from backoffice.access.problems import translated
from backoffice.desk.base import Page, tell_refusal
from backoffice.kernel.errors import FieldProblem, Refusal

CHECKING = "checking"  # said by a form that is only looked at, while somebody types


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with what was typed, and what to do about it."""

    detail: Any
    hint: Any = ""


def said_of(problem: FieldProblem) -> Problem:
    """A problem in the reader's language."""
    facts = problem.facts
    return Problem(translated(problem.detail, facts), translated(problem.hint, facts))


def typed_day(text: str) -> date | None:
    """The day that is typed; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input: its `kind` as browsers know it, or `json`; `choices` make it a select.

    `offers` names the list of codes (`lists`) that are offered while typing; `only` the
    products (their codes, apart by spaces) without which the input is hidden.
    """

    name: str
    title: Any
    kind: str = "text"
    choices: Sequence[tuple[Any, Any]] = ()
    offers: str = ""
    only: str = ""
    value: str = ""
    example: str = ""  # shown where nothing is typed
    problems: Sequence[Problem] = ()


def filled(
    inputs: Iterable[Input], typed: Mapping[str, str], problems: Mapping[str, Sequence[Problem]]
) -> list[Input]:
    """The inputs with what was typed in them, and what is wrong with it."""
    return [
        replace(each, value=typed.get(each.name, ""), problems=problems.get(each.name, ()))
        for each in inputs
    ]


def problems_of(wrong: ValidationError | Refusal) -> dict[str, list[Problem]]:
    """Problems by the name of their field."""
    if isinstance(wrong, ValidationError):
        assert isinstance(wrong.detail, dict)
        return {name: [Problem(each) for each in why] for name, why in wrong.detail.items()}
    problems: dict[str, list[Problem]] = {}
    for each in wrong.problems:
        problems.setdefault(each.pointer.strip("/"), []).append(said_of(each))
    return problems


class ProposePage(Page):
    """A page on which something is proposed: what is wrong stays typed, with the reason beside it."""

    template_name = "desk/propose.html"
    heading: Any
    explanation: Any
    form_id: str
    button: Any = _("Propose")

    def inputs(self) -> Sequence[Input]:
        raise NotImplementedError

    def lists(self) -> Mapping[str, Iterable[tuple[str, Any]]]:
        """The codes that inputs offer, by the name of their list: a code and what it stands for."""
        return {}

    def start(self) -> Mapping[str, str]:
        """What stands in the inputs at first."""
        return {}

    def propose(self, typed: Mapping[str, str]) -> str:
        """Propose what was typed; the address of what came of it. Raises ValidationError, Refusal."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        typed = kwargs.get("typed")
        return {
            "heading": self.heading, "explanation": self.explanation, "form_id": self.form_id,
            "button": self.button,
            "inputs": filled(
                self.inputs(), self.start() if typed is None else typed, kwargs.get("problems", {})
            ),
            "lists": self.lists(),
        }  # fmt: skip

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        names = [each.name for each in self.inputs()]
        typed = {name: text for name in names if (text := request.POST.get(name, ""))}
        if request.POST.get(CHECKING):
            return self.checked(request, typed)
        try:
            return HttpResponseRedirect(self.propose(typed))
        except ValidationError as error:
            problems = problems_of(error)
        except Refusal as refusal:
            tell_refusal(request, refusal)
            problems = problems_of(refusal)
        context = self.get_context_data(typed=typed, problems=problems)
        return self.render_to_response(context, status=422)

    def checked(self, request: HttpRequest, typed: Mapping[str, str]) -> HttpResponse:
        """What is wrong with what is typed so far: it is proposed, and all of it undone.

        Fields in which nothing is typed are left in peace.
        """
        problems: dict[str, list[Problem]] = {}
        with transaction.atomic():
            try:
                self.propose(typed)
            except (ValidationError, Refusal) as wrong:
                problems = problems_of(wrong)
            transaction.set_rollback(True)
        there = {name: found for name, found in problems.items() if typed.get(name)}
        context = {"inputs": filled(self.inputs(), typed, there)}
        return render(request, "components/said_now.html", context)


class StepPage(ProposePage):
    """A step that asks for more than a reason has a page of its own; what is out of sight is not found."""

    find: ClassVar[Any]
    row: Any

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.row = type(self).find(kwargs["reference"], visible_to=self.user)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.row = type(self).find(kwargs["reference"], visible_to=self.user)
        return super().post(request, *args, **kwargs)
