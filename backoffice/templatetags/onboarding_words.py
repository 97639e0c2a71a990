"""Names that dated rules give in two languages, in the reader's."""

from __future__ import annotations

from typing import Any

from django import template

from backoffice.workflow.processes.definition import Words
from onboarding.reading import InLanguage

register = template.Library()


@register.filter
def in_words(words: Words) -> Any:
    return str(InLanguage(words))
