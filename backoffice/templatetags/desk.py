"""How facts are written on pages: money, quantities, moments, states, references."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from backoffice.desk import frame, rails
from backoffice.desk.item_words import told_reason
from backoffice.desk.labels import (
    AXES,
    AXIS_OF_STEP,
    DIRECTIONS,
    ENTRIES,
    EVIDENCE,
    HOW,
    LABELS,
    METHODS,
    ON_AXIS,
    SUBJECTS,
    UNPAGED,
    tone_of,
)
from backoffice.desk.words import ITEM_TITLES, step_title
from refdata.selectors import reference_data
from settlements import state as settling
from settlements.linking.state import AskedKind

register = template.Library()

MINUS, NOTHING = "\u2212", "\u2013"


@register.filter
def money(amount: Any, currency: str = "") -> str:
    """An amount with the minor units of its currency, grouped for the reader; zero is a dash."""
    if amount in (None, ""):
        return ""
    try:
        value = Decimal(str(amount))
    except InvalidOperation:
        return str(amount)
    if value == 0:
        return NOTHING
    row = reference_data().currencies.get(currency)
    text = formats.number_format(abs(value), row.minor_unit if row else None, force_grouping=True)
    return f"{MINUS}{text}" if value < 0 else text


@register.filter
def quantity(value: Any) -> str:
    """A quantity without zeros that say nothing."""
    if value in (None, ""):
        return ""
    plain = Decimal(str(value)).normalize()
    places = max(0, -int(plain.as_tuple().exponent))
    text = formats.number_format(abs(plain), places, force_grouping=True)
    return f"{MINUS}{text}" if plain < 0 else text


@register.filter
def day(value: date | None) -> str:
    return (
        formats.date_format(value, "SHORT_DATE_FORMAT" if _is_russian() else "j M Y")
        if value
        else ""
    )


@register.filter
def month(value: date | None) -> str:
    """A month as people name it, by any day of it; in Russian it is no proper name."""
    if value is None:
        return ""
    text = formats.date_format(value, "F Y")
    return text.lower() if _is_russian() else text


@register.filter
def moment(value: datetime | None) -> str:
    """A time of today by the clock, an older one with its day."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    clock = formats.date_format(local, "H:i")
    return clock if local.date() == timezone.localdate() else f"{day(local.date())} {clock}"


def _is_russian() -> bool:
    return (get_language() or "").startswith("ru")


@register.filter
def seconds(took: timedelta | None) -> str:
    """How long something took, in seconds for short and minutes for long."""
    if took is None:
        return ""
    whole = took.total_seconds()
    if whole < 120:
        return gettext("%(seconds)s s") % {"seconds": f"{whole:.0f}"}
    return gettext("%(minutes)s min") % {"minutes": f"{whole / 60:.0f}"}


@register.filter
def time_left(due: datetime | None) -> SafeString | str:
    """A deadline as the time that is left, or by how much it is late."""
    if due is None:
        return ""
    seconds = int((due - timezone.now()).total_seconds())
    minutes, late = abs(seconds) // 60, seconds < 0
    if minutes >= 1440:
        span = ngettext("%(n)s day", "%(n)s days", minutes // 1440) % {"n": minutes // 1440}
    elif minutes >= 60:
        span = gettext("%(hours)s h %(minutes)s min") % {
            "hours": minutes // 60,
            "minutes": minutes % 60,
        }
    else:
        span = gettext("%(minutes)s min") % {"minutes": minutes}
    text = gettext("late %(span)s") % {"span": span} if late else span
    shown = timezone.localtime(due).isoformat()
    return format_html(
        '<time datetime="{}" title="{}" class="{}">{}</time>',
        shown, shown, "late" if late else "", text,
    )  # fmt: skip


@register.filter
def state_label(state: str) -> str:
    return str(LABELS.get(state, state))


def label_after(kind: str, state: str) -> str:
    """A state in the words of the axis that the event's step moved."""
    return str(ON_AXIS.get(f"{AXIS_OF_STEP.get(kind)}.{state}", state_label(state)))


@register.simple_tag
def badge(state: str, title: Any = "", axis: str = "") -> SafeString:
    """A state as dot and word, its tone never alone."""
    tone = tone_of(state)
    return format_html(
        '<span class="badge {}" data-state="{}" title="{}">{}</span>',
        tone, state, title, ON_AXIS.get(f"{axis}.{state}") or LABELS.get(state, state),
    )  # fmt: skip


@register.filter
def reason_words(code: str) -> str:
    """Reasons in words first, code second."""
    if not code:
        return ""
    words = dict(settling.Reason.choices).get(code)
    return f"{words} · {code}" if words else code


@register.filter
def item_reason(item: Any) -> str:
    """Why something waits: the market's reason, the problems found, or what its kind says by itself."""
    words = told_reason(item.kind, item.reason)
    return reason_words(item.reason) if words is None else words


BY_PREFIX = {prefix: name for name, prefix in SUBJECTS.values()}


@register.simple_tag
def by_reference(reference: str) -> SafeString:
    """A reference linked to its page; plain where it names nothing that has one."""
    name = BY_PREFIX.get(reference.partition("-")[0])
    if name is None:
        return format_html('<span class="mono">{}</span>', reference)
    return format_html(
        '<a class="mono" href="{}">{}</a>', reverse(name, args=[reference]), reference
    )


@register.filter
def item_title(kind: str) -> str:
    return str(ITEM_TITLES.get(kind, kind))


@register.simple_tag
def subject_url(subject_type: str, subject_id: int) -> str:
    """The page of a subject; nothing for one without a page."""
    name, prefix = SUBJECTS.get(subject_type, ("", ""))
    return reverse(name, args=[f"{prefix}-{subject_id}"]) if name else ""


@register.filter
def step_name(kind: str) -> str:
    return str(step_title(kind))


@register.simple_tag
def ref(subject_type: str, subject_id: int) -> SafeString | str:
    """A subject as its reference, linked to its page and copyable; what has none by a word or its reference."""
    if subject_type in ENTRIES:
        return str(ENTRIES[subject_type])
    if subject_type not in SUBJECTS:
        prefix = UNPAGED.get(subject_type)
        return f"{prefix}-{subject_id}" if prefix else f"{subject_type}:{subject_id}"
    name, prefix = SUBJECTS[subject_type]
    text = f"{prefix}-{subject_id}"
    try:
        return format_html('<a class="mono" href="{}">{}</a>', reverse(name, args=[text]), text)
    except NoReverseMatch:
        return text


@register.simple_tag(takes_context=True)
def business_day(context: dict[str, Any]) -> frame.Day | None:
    """The day the books are open for, its state, and whose books they are."""
    user = getattr(context.get("request"), "user", None)
    return frame.frame_of(user).day if user is not None and user.is_authenticated else None


@register.simple_tag(takes_context=True)
def rail(context: dict[str, Any]) -> list[rails.Entry]:
    return rails.entries(context["request"])


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    return mapping.get(key)


@register.filter
def at(sequence: Any, index: int) -> Any:
    return sequence[index]


@register.filter
def negated(value: Decimal) -> Decimal:
    return -value


@register.filter
def asset_amount(value: Decimal, asset: str) -> str:
    """Money in its minor units, securities as quantities."""
    return money(value, asset) if asset in reference_data().currencies else quantity(value)


@register.filter
def name(row: Any) -> str:
    """The name of a party, place, entity or asset in the reader's language."""
    return str((getattr(row, "name_ru", "") if _is_russian() else "") or row.name)


@register.filter
def limit_ref(row: Any) -> str:
    return f"L-{row.pk}"


@register.filter
def how_words(how: str) -> str:
    return str(HOW.get(how, how))


@register.filter
def pretty(body: Any) -> str:
    """A message as it came or went, laid out to be read."""
    try:
        document = json.loads(body) if isinstance(body, str) else body
    except ValueError:
        return str(body)
    return json.dumps(document, indent=2, ensure_ascii=False)


@register.filter
def direction_words(direction: str) -> str:
    return str(DIRECTIONS.get(direction, direction))


@register.filter
def outcome_words(outcome: str) -> str:
    return str(dict(settling.RunOutcome.choices).get(outcome, outcome))


@register.filter
def link_words(kind: str) -> str:
    return str(dict(AskedKind.choices).get(kind, kind))


@register.filter
def axis_words(axis: str) -> str:
    return str(AXES.get(axis, axis))


@register.filter
def entry_kind(kind: str) -> str:
    """An entry by the step that made it; a reversal by what it reverses."""
    made, _dot, reversed_by = kind.rpartition(".")
    if reversed_by == "reverse" and kind not in ENTRIES:
        return gettext("Reversal: %(kind)s") % {"kind": entry_kind(made)}
    return str(ENTRIES.get(kind) or step_title(kind))


@register.filter
def method_words(method: str) -> str:
    return f"{METHODS[method]} · {method}" if method in METHODS else method


@register.filter
def evidence_words(kind: str) -> str:
    return str(EVIDENCE.get(kind, kind))


@register.filter
def written(value: Any) -> str:
    """A cell of reference data: dates and numbers as people read them, lists as words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Decimal):
        return quantity(value)
    if isinstance(value, date):
        return day(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
