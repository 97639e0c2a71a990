"""What charts and their legends are written with."""

from __future__ import annotations

from typing import Any

from django import template

from limits.state import BreachCause

register = template.Library()


@register.filter
def cause_label(cause: str) -> Any:
    """What brought more under a limit than it allows, in words."""
    return BreachCause(cause).label


@register.filter
def unlocalised(number: int) -> str:
    """A number as SVG reads it, in every language."""
    return str(number)
