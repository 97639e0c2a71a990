"""What takes room under a limit, in words: a deal, a reservation, or what is worked out as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.templatetags.desk import ref
from limits.models import Reservation
from refdata.models import Agreement, Instrument

register = template.Library()


def _holding(instrument_id: int) -> SafeString | str:
    row = Instrument.objects.select_related("asset").get(pk=instrument_id)
    code = format_html('<span class="mono faint">{}</span>', row.asset.code)
    return format_html("{} {} {}", _("Settled holding:"), row.asset.name, code)


def _netting(agreement_id: int) -> SafeString | str:
    row = Agreement.objects.get(pk=agreement_id)
    return format_html("{} {}", _("Netting agreement"), row.number)


def _result(_limit_id: int) -> SafeString | str:
    return str(_("Result of the day"))


def _position(_limit_id: int) -> SafeString | str:
    return str(_("All positions together"))


SOURCES: Mapping[str, Callable[[int], SafeString | str]] = {
    "holding": _holding, "netting": _netting, "result": _result,
    "position": _position,
}  # fmt: skip


@register.simple_tag
def taken_by(row: Reservation) -> SafeString | str:
    """Who or what has taken it, linked to its page where it has one."""
    say = SOURCES.get(row.source_type)
    return say(row.source_id) if say else ref(row.source_type, row.source_id)
