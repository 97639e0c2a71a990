"""The words of statements and of the files that they come in."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "statement.store": _("Statement stored"),
    "inboundfile.receive": _("File received"),
    "inboundfile.retake": _("Taken in again"),
    "inboundfile.set_aside": _("Set aside"),
}
ITEM_TITLES: dict[str, Any] = {
    "file-problems": _("A file could not be taken in whole"),
}
NEXT_STEPS: dict[str, Any] = {
    "file-problems": _("Put right what is missing, then take it in again"),
}
