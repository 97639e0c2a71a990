"""Pages on which changes are tried: what is typed for each kind of change, and what would become of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse

from backoffice.desk.base import Page
from backoffice.desk.inputs import Input, Problem, filled, said_of
from backoffice.desk.what_if import said_whole
from backoffice.kernel.errors import Refusal
from refdata.models import Place
from refdata.scopes import entities_seen_by
from refdata.selectors import reference_data


def name_of(kind: Any, member: str) -> str:
    return f"{kind.value.lower()}_{member}"


class TryPage(Page):
    """What is asked of the whole, and a form for each kind of change, of which those are tried where something stands.

    `members` are the inputs of each kind, named as the members of its change.
    """

    whole: Sequence[Input]
    members: Mapping[Any, Sequence[Input]]

    def start(self) -> Mapping[str, str]:
        """What stands in the inputs of the whole at first."""
        raise NotImplementedError

    def tried(self, typed: Mapping[str, str], kinds: Sequence[Any]) -> Any:
        """What would become of it. Raises Refusal; a problem names a change by its place in `kinds`."""
        raise NotImplementedError

    def shown(self, answer: Any) -> dict[str, Any]:
        """What would change, as the page shows it."""
        raise NotImplementedError

    def lists(self) -> dict[str, list[tuple[str, str]]]:
        """The codes that inputs offer."""
        reference = reference_data()
        return {
            "entities": [(row.code, row.name) for row in entities_seen_by(self.user)],
            "parties": sorted({p.code: p.name for p in reference.parties.values()}.items()),
            "places": list(Place.objects.order_by("code").values_list("code", "name")),
            "currencies": [(code, "") for code in sorted(reference.currencies)],
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return self.page(self.start(), None, None, [])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Nothing is written: what was typed comes back beside what would change."""
        typed = {name: request.POST.get(name, "").strip()[:40] for name in self.names()}
        kinds = [kind for kind in self.members if any(self.said(kind, typed).values())]
        answer, refusal = None, None
        try:
            answer = self.tried(typed, kinds)
        except Refusal as refused:
            refusal = refused
        context = self.page(typed, answer, refusal, kinds)
        return self.render_to_response(context, status=422 if refusal else 200)

    def names(self) -> list[str]:
        """What every input is called, of the whole and of each kind."""
        whole = [each.name for each in self.whole]
        return whole + [
            name_of(kind, each.name) for kind in self.members for each in self.members[kind]
        ]

    def said(self, kind: Any, typed: Mapping[str, str]) -> dict[str, str]:
        """What is typed of a kind, by the members of its change."""
        return {each.name: typed[name_of(kind, each.name)] for each in self.members[kind]}

    def page(
        self, typed: Mapping[str, str], answer: Any, refusal: Refusal | None, kinds: Sequence[Any]
    ) -> dict[str, Any]:
        problems: dict[str, list[Problem]] = {}
        for each in refusal.problems if refusal else ():
            _root, _changes, number, member = each.pointer.split("/")
            name = name_of(kinds[int(number)], member)
            problems.setdefault(name, []).append(said_of(each))
        return {
            "queue": filled(self.whole, typed, {}),
            "forms": [
                (kind, filled(self.inputs_of(kind), typed, problems)) for kind in self.members
            ],
            "refusal": said_whole(refusal) if refusal and not refusal.problems else None,
            "answer": answer, "lists": self.lists(),
            **(self.shown(answer) if answer else {}),
        }  # fmt: skip

    def inputs_of(self, kind: Any) -> list[Input]:
        return [replace(each, name=name_of(kind, each.name)) for each in self.members[kind]]
