"""What the list of messages out can be narrowed to."""

from __future__ import annotations

from typing import Any

import django_filters

from backoffice.connectors.channels.state import MessageState


class MessageFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=MessageState.choices)
    channel = django_filters.CharFilter()
    settlement = django_filters.CharFilter(method="of_settlement")

    def of_settlement(self, rows: Any, name: str, value: str) -> Any:
        number = value.removeprefix("S-")
        known = number.isascii() and number.isdecimal() and len(number) <= 18
        return rows.filter(settlement_id=int(number)) if known else rows.none()
