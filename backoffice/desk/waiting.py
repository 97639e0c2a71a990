"""What a settlement waits for, on its page: a small graph, and the same in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from backoffice.access.models import User
from backoffice.desk.graphs import drawn
from backoffice.desk.labels import tone_of
from backoffice.desk.naming import Names, holdings_in, named, names_of
from backoffice.templatetags import desk
from settlements import selectors
from settlements.explaining.around import Because, Edge, laid_out, links_around
from settlements.models import Settlement

FITS = 34  # letters that a box has room for


def waiting_of(row: Settlement, user: User, more: Iterable[Edge] = ()) -> dict[str, Any]:
    """The graph around a settlement, of what this person may see; nothing for one that stands alone.

    `more` is what is known beside its links: who would bring what it lacks.
    """
    links, is_whole = links_around(row.pk)
    edges = [*links, *more]
    named = {id for edge in edges for id in (edge.waiting, edge.awaited)}
    rows = selectors.settlements(visible_to=user).in_bulk(named)
    seen = [edge for edge in edges if edge.waiting in rows and edge.awaited in rows]
    if not seen:
        return {}
    around = laid_out(row.pk, seen, is_whole=is_whole and len(seen) == len(edges))
    return {
        "graph": drawn(around, lambda id: _written(rows[id])),
        "waits_said": _said(around.edges),
        "graph_is_whole": around.is_whole,
    }


def _written(row: Settlement) -> tuple[str, str, str]:
    line = f"{desk.state_label(row.status)} · {desk.name(row.counterparty)}"
    return str(row), line if len(line) <= FITS else f"{line[: FITS - 1]}…", tone_of(row.status)


def _said(edges: Iterable[Edge]) -> list[SafeString]:
    lacks = [edge.lack._asdict() for edge in edges if edge.lack]
    names = names_of(holdings_in({"lacks": lacks}))
    return [said(edge, names) for edge in edges]


def said(edge: Edge, names: Names) -> SafeString:
    """An edge as a sentence, with links to both."""
    facts: dict[str, Any] = {
        "one": desk.ref("settlement", edge.waiting), "other": desk.ref("settlement", edge.awaited),
    }  # fmt: skip
    if edge.because == Because.WITH:
        return filled_in(gettext("%(one)s and %(other)s settle together."), facts)
    if edge.because == Because.BEFORE:
        return filled_in(gettext("%(one)s settles only after %(other)s."), facts)
    if edge.lack is None:
        return filled_in(gettext("%(one)s waits for what %(other)s would bring."), facts)
    facts |= named(edge.lack._asdict(), names)
    text = gettext("%(one)s waits for %(asset)s that %(other)s would bring %(owner)s (%(place)s).")
    return filled_in(text, facts)


def filled_in(text: str, facts: Mapping[str, Any]) -> SafeString:
    """A sentence of ours with facts in their places, whatever they are made of."""
    return SafeString(text % {name: conditional_escape(value) for name, value in facts.items()})
