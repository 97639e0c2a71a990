"""What happened to imports and their mappings, as a timeline tells it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "dealimport.receive": _("File brought"),
    "dealimport.preview": _("Previewed"),
    "dealimport.ask_mapping": _("Needs a mapping"),
    "dealimport.refuse": _("Could not be read"),
    "dealimport.map": _("Mapping chosen"),
    "dealimport.load": _("Loading begun"),
    "dealimport.finish": _("Loaded"),
    "dealimport.break_off": _("Broken off"),
    "dealimport.request_undo": _("Undo asked for"),
    "dealimport.undo": _("Undo decided"),
    "dealimport.take_back": _("Undone"),
    "dealimport.give_up": _("Undo broken off"),
    "dealimport.keep": _("Stays loaded"),
    "dealimport.reopen": _("The rest may be loaded"),
    "importmapping.propose": _("Proposed"),
    "importmapping.approve": _("Approved"),
    "importmapping.decline": _("Declined"),
    "importmapping.withdraw": _("Withdrawn"),
    "importmapping.supersede": _("Another version is in force"),
}
