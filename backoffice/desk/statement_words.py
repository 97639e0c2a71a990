"""The words of statements and of the files that they come in."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "statement.store": _("Statement stored"),
    "inboundfile.receive": _("File received"),
    "inboundfile.retake": _("Taken in again"),
}
