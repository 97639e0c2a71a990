"""Texts in the reader's language without importing Django: the pure modules stay pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def gettext_noop(text: str) -> str:
    """Return the text as it is; the extractor finds it by this function's name."""
    return text


def in_language(facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Facts as somebody reads them: what a firm named in several languages (`inside`) in one."""
    return {
        name: value.inside(language) if hasattr(value, "inside") else value
        for name, value in facts.items()
    }
