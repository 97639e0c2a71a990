"""The life of a file of deals, and of the mapping by which it is read.

RECEIVED --preview--> PREVIEWED --load--> LOADING --finish--> LOADED --request_undo--> UNDO_REQUESTED
   |--ask_mapping--> UNMAPPED --map--> RECEIVED                 ^--keep (other eyes)-----|
   |--refuse--> UNREADABLE               UNDONE <--take_back-- UNDOING <--undo (other eyes)
PREVIEWED --map--> RECEIVED; LOADING --break_off--> PREVIEWED; UNDOING --give_up--> UNDO_REQUESTED
Rows that a load took in before it was broken off: PREVIEWED --request_undo--> UNDO_REQUESTED, never map;
kept, such a one goes back: LOADED --reopen--> PREVIEWED

PROPOSED --approve (other eyes)--> APPROVED --withdraw, supersede--> WITHDRAWN, SUPERSEDED
    |----- decline (other eyes)--> DECLINED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class ImportState(TextChoices):
    RECEIVED = "RECEIVED", _("Being read")
    UNREADABLE = "UNREADABLE", _("Could not be read")
    UNMAPPED = "UNMAPPED", _("Needs a mapping")
    PREVIEWED = "PREVIEWED", _("Previewed")
    LOADING = "LOADING", _("Being loaded")
    LOADED = "LOADED", _("Loaded")
    UNDO_REQUESTED = "UNDO_REQUESTED", _("Undo asked for")
    UNDOING = "UNDOING", _("Being undone")
    UNDONE = "UNDONE", _("Undone")


class Mode(TextChoices):
    ALL_OR_NOTHING = "all_or_nothing", _("All rows or none")
    BEST_EFFORT = "best_effort", _("The good rows")


class ImportMappingState(TextChoices):
    PROPOSED = "PROPOSED", _("Proposed")
    APPROVED = "APPROVED", _("Approved")
    DECLINED = "DECLINED", _("Declined")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
    SUPERSEDED = "SUPERSEDED", _("Superseded")


_S = ImportState
IMPORT_LIFECYCLE = Lifecycle(
    subject="dealimport",
    states=ImportState.values,
    initial=_S.RECEIVED,
    transitions=[
        Transition(name="preview", sources=(_S.RECEIVED,), target=_S.PREVIEWED, by_rule=True),
        Transition(name="ask_mapping", sources=(_S.RECEIVED,), target=_S.UNMAPPED, by_rule=True),
        Transition(name="refuse", sources=(_S.RECEIVED,), target=_S.UNREADABLE, by_rule=True),
        Transition(name="map", sources=(_S.UNMAPPED, _S.PREVIEWED), target=_S.RECEIVED),
        Transition(name="load", sources=(_S.PREVIEWED,), target=_S.LOADING, makes=True),
        Transition(name="finish", sources=(_S.LOADING,), target=_S.LOADED, by_rule=True),
        Transition(name="break_off", sources=(_S.LOADING,), target=_S.PREVIEWED, by_rule=True),
        Transition(
            name="request_undo",
            sources=(_S.LOADED, _S.PREVIEWED),
            target=_S.UNDO_REQUESTED,
            makes=True,
        ),
        Transition(name="undo", sources=(_S.UNDO_REQUESTED,), target=_S.UNDOING, four_eyes=True),
        Transition(name="take_back", sources=(_S.UNDOING,), target=_S.UNDONE, by_rule=True),
        Transition(name="give_up", sources=(_S.UNDOING,), target=_S.UNDO_REQUESTED, by_rule=True),
        Transition(name="keep", sources=(_S.UNDO_REQUESTED,), target=_S.LOADED, four_eyes=True),
        Transition(name="reopen", sources=(_S.LOADED,), target=_S.PREVIEWED, by_rule=True),
    ],
)

_M = ImportMappingState
IMPORT_MAPPING_LIFECYCLE = Lifecycle(
    subject="importmapping",
    states=ImportMappingState.values,
    initial=_M.PROPOSED,
    transitions=[
        Transition(name="approve", sources=(_M.PROPOSED,), target=_M.APPROVED, four_eyes=True),
        Transition(name="decline", sources=(_M.PROPOSED,), target=_M.DECLINED, four_eyes=True),
        Transition(name="withdraw", sources=(_M.APPROVED,), target=_M.WITHDRAWN),
        Transition(name="supersede", sources=(_M.APPROVED,), target=_M.SUPERSEDED, by_rule=True),
    ],
)
