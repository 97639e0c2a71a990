"""Forms of the desk: their inputs as data, and the page on which something is proposed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import ValidationError

from backoffice.access.problems import translated
from backoffice.desk.base import Page, tell_refusal
from backoffice.kernel.errors import FieldProblem, Refusal


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with what was typed, and what to do about it."""

    detail: Any
    hint: Any = ""


def said_of(problem: FieldProblem) -> Problem:
    """A problem in the reader's language."""
    facts = problem.facts
    return Problem(translated(problem.detail, facts), translated(problem.hint, facts))


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
        problems: dict[str, list[Problem]] = {}
        try:
            return HttpResponseRedirect(self.propose(typed))
        except ValidationError as error:
            assert isinstance(error.detail, dict)
            problems = {name: [Problem(each) for each in why] for name, why in error.detail.items()}
        except Refusal as refusal:
            tell_refusal(request, refusal)
            for each in refusal.problems:
                problems.setdefault(each.pointer.strip("/"), []).append(said_of(each))
        context = self.get_context_data(typed=typed, problems=problems)
        return self.render_to_response(context, status=422)


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
