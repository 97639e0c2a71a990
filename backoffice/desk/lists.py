"""Lists, all alike: one declaration each, and one view that shows, filters, pages and exports it.

The address says everything that is seen: filters, columns and place. Pages go by key (`?before=`), so
that a page costs the same however far down, and stays what it was while rows come in above it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.access.personal import note_all, note_read
from backoffice.desk import bulk, cells, exports, saved, totals
from backoffice.desk.base import PAGE_SIZE, Page
from backoffice.desk.tables import Column
from refdata.filters import MonthFilter
from refdata.scopes import visible_by_entity

YES_NO = (("true", _("yes")), ("false", _("no")))

NOT_FILTERS = frozenset({"before", "cols", "view", "export"})


def opens(name: str) -> Callable[[Any], str]:
    """What a row opens: the page of that name, of the row's own reference."""
    return lambda row: reverse(name, args=[str(row)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a list is: whose rows, which columns, what it can be filtered by, what a row opens.

    `total` names the amount to be summed and its currency, as the ORM knows them; `actions` the
    steps that can be taken on many rows at once, of the subject `subject` (`bulk_steps.SUBJECTS`).
    """

    name: str
    title: Any
    empty: Any
    columns: Sequence[Column]
    rows: Callable[[User], QuerySet[Any]] | None  # none: its page computes its lines
    filters: type[django_filters.FilterSet] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    start: Mapping[str, str] = field(default_factory=dict)  # filters of an empty address
    opens: Callable[[Any], str] | None = None
    total: tuple[str, str] | None = None
    subject: str = ""
    actions: Sequence[str] = ()
    prepare: Callable[[Sequence[Any], User], None] | None = None
    by_entity: bool = False  # every index that begins with the entity serves those who see all


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is shown: what it opens, what it is called, and its cells.

    Cells that stand beside each other are one piece of markup, written here: a template would look
    a thousand things up for each page. A cell of steps is a piece of its own, with its buttons.
    """

    url: str
    reference: str
    pieces: Sequence[tuple[SafeString, Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Field:
    """A filter as an input: what is typed or chosen now, and what is wrong with it."""

    name: str
    title: Any
    kind: str
    value: str
    choices: Sequence[tuple[str, Any]] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, and the address without it."""

    title: Any
    value: Any
    without: str


@dataclass(slots=True, kw_only=True)
class Shown:
    """A list as its template reads it."""

    listing: Listing
    columns: Sequence[Column]
    rows: Sequence[Row]
    others: Sequence[tuple[str, Any, bool]] = ()  # every column: its path, title, whether shown
    fields: Sequence[Field] = ()
    chips: Sequence[Chip] = ()
    count: str = ""
    sums: Sequence[tuple[str, Any]] = ()
    next: str = ""
    newest: str = ""
    export: str = ""
    workbook: str = ""
    query: str = ""
    subtitle: Any = ""
    here: str = ""
    path: str = ""
    views: Sequence[saved.ViewTab] = ()
    roles: Sequence[str] = ()
    steps: Sequence[bulk.Button] = ()


def kind_of(each: django_filters.Filter) -> str:
    """As which input a filter is typed."""
    if isinstance(each, MonthFilter):
        return "month"
    return "date" if isinstance(each, django_filters.DateFilter) else "text"


def shown_rows(
    columns: Sequence[Column], rows: Sequence[Any], opens: Callable[[Any], str] | None
) -> list[Row]:
    begins = [
        format_html(
            '<td data-label="{}" class="{}{}">',
            column.title, column.kind, " number" if column.number else "",
        )
        for column in columns
    ]  # fmt: skip
    return [
        Row(
            opens(row) if opens else "",
            str(getattr(row, "reference", None) or row),
            list(_pieces(row, columns, begins)),
        )
        for row in rows
    ]


def _pieces(
    row: Any, columns: Sequence[Column], begins: Sequence[str]
) -> Iterator[tuple[SafeString, Sequence[Any]]]:
    markup = ""
    for begin, column in zip(begins, columns, strict=True):
        cell = cells.written(column, row)
        if column.kind == "steps" and cell:
            yield SafeString(markup + begin), cell
            markup = "</td>"
        else:
            markup += f"{begin}{conditional_escape(cell) if cell else ''}</td>"
    yield SafeString(markup), ()


class ListView(Page):
    """A page of a list. Subclasses say `listing`, and what stands above it by `more()`."""

    listing: Listing
    template_name = "desk/list.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "export" in request.GET:
            return self.export(request.GET["export"])  # type: ignore[return-value]
        if list(request.GET) == ["view"]:
            query = saved.query_of_view(self.user, self.listing.name, request.GET["view"])
            if query is not None and query != request.GET.urlencode():
                return HttpResponseRedirect(f"{request.path}?{query}")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"list": self.shown(), **self.more()}

    def more(self) -> dict[str, Any]:
        """What a list has beside the list itself."""
        return {}

    # What the address says

    def query(self) -> QueryDict:
        """The filters of the address; those the list starts with where it names none."""
        query = self.request.GET.copy()
        for name in NOT_FILTERS:
            query.pop(name, None)
        if not query and self.listing.start:
            query.update(self.listing.start)
        return query

    def address(self, query: QueryDict, **more: str) -> str:
        kept = query.copy()
        for name in ("cols", "view"):
            if name in self.request.GET:
                kept[name] = self.request.GET[name]
        kept.update(more)
        return f"{self.request.path}?{kept.urlencode()}" if kept else self.request.path

    def columns(self) -> Sequence[Column]:
        """The columns of the address, else those this person chose, else the usual ones."""
        named = self.request.GET.get("cols", "")
        wanted = named.split(",") if named else saved.chosen_columns(self.user, self.listing.name)
        chosen = [column for column in self.listing.columns if column.path in wanted]
        return chosen or [column for column in self.listing.columns if column.usual]

    # Rows

    def filtered(self) -> QuerySet[Any]:
        assert self.listing.rows is not None, "the lines of a ComputedList are its own"
        rows = self.listing.rows(self.user)
        if self.listing.by_entity:
            rows = visible_by_entity(rows, self.user, book="book_id")
        if self.listing.filters is None:
            return rows
        self.filterset = self.listing.filters(self.query(), queryset=rows)
        found: QuerySet[Any] = self.filterset.qs
        return found

    def fetch(self, rows: Any, before: int | None, limit: int) -> list[Any]:
        """At most `limit` rows below a key, newest first."""
        if before is not None:
            rows = rows.filter(pk__lt=before)
        return list(rows.order_by("-pk")[:limit])

    def prepared(self, rows: Any, before: int | None, limit: int) -> list[Any]:
        """The same, with what the list adds to its rows."""
        found = self.fetch(rows, before, limit)
        if self.listing.prepare is not None:
            self.listing.prepare(found, self.user)
        return found

    def key_of(self, row: Any) -> int:
        return int(row.pk)

    def counted(self, rows: Any) -> totals.Total:
        return totals.total_of(rows, self.listing.total)

    def shown(self) -> Shown:
        listing, query, columns = self.listing, self.query(), self.columns()
        rows, before = self.filtered(), self.number("before")
        found = self.prepared(rows, before, PAGE_SIZE + 1)
        following = ""
        if len(found) > PAGE_SIZE:
            found.pop()
            following = self.address(query, before=str(self.key_of(found[-1])))
        note_read(found)
        total, chosen = self.counted(rows), {column.path for column in columns}
        return Shown(
            listing=listing, columns=columns, rows=shown_rows(columns, found, listing.opens),
            others=[(c.path, c.title, c.path in chosen) for c in listing.columns],
            fields=self.fields(query), chips=self.chips(query),
            count=total.count, sums=total.sums, next=following,
            newest=self.address(query) if before is not None else "",
            export=self.address(query, export="csv"),
            workbook=self.address(query, export="xlsx"), query=query.urlencode(),
            here=self.request.get_full_path(), path=self.request.path,
            views=saved.views_of(
                self.user, listing.name, self.request.path, self.request.GET.get("view", "")
            ),
            roles=list(self.user.groups.values_list("name", flat=True)),
            steps=bulk.buttons(listing.subject, listing.actions, self.user) if found else (),
        )  # fmt: skip

    def fields(self, query: QueryDict) -> list[Field]:
        filters = self.listing.filters.base_filters if self.listing.filters else {}
        errors = self.filterset.form.errors if filters else {}
        found = []
        for name, title in self.listing.fields.items():
            each = filters[name]
            choices = tuple(each.extra.get("choices", ()))
            if isinstance(each, django_filters.BooleanFilter):
                choices = YES_NO
            problem = " ".join(errors.get(name, ()))
            kind = "choice" if choices else kind_of(each)
            value = query.get(name, "")
            value = value[: len("2026-11")] if kind == "month" else value
            found.append(Field(name, title, kind, value, choices, problem))
        return found

    def chips(self, query: QueryDict) -> list[Chip]:
        found = []
        for each in self.fields(query):
            if each.value:
                rest = query.copy()
                rest.pop(each.name)
                value = dict(each.choices).get(each.value, each.value)
                without = self.address(rest) if rest or not self.listing.start else ""
                found.append(Chip(each.title, value, without))
        return found

    def export(self, file_format: str) -> HttpResponseBase:
        """All that is filtered, in the columns that are seen, as a file."""
        columns = [column for column in self.columns() if column.kind != "steps"]
        rows = self.filtered()
        if isinstance(rows, QuerySet):
            note_all(rows)

        def fetch(before: int | None, limit: int) -> list[Any]:
            return self.prepared(rows, before, limit)

        if file_format == "csv":
            return exports.csv_file(self.listing.name, columns, fetch, self.key_of)
        if file_format == "xlsx":
            title = str(self.listing.title)
            return exports.xlsx_file(self.listing.name, title, columns, fetch, self.key_of)
        raise Http404
