"""The words of files of parties: what happened, what waits, why, and what to do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "partyfile.open": _("File opened"),
    "partyfile.keep": _("File filled in"),
    "partyfile.submit": _("File submitted"),
    "partyfile.take_step": _("A step of its process taken"),
    "partyfile.approve": _("File approved: the party is dealt with"),
    "partyfile.send_back": _("File sent back"),
    "partyfile.decline": _("File declined"),
    "partyfile.fall_due": _("Review of the file is due"),
    "partyfile.take_up": _("File taken up again"),
    "partyfile.close": _("File closed: nobody deals with the party"),
    "partyfile.react": _("Its process reacted"),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "partyfile.submit": (
        _("Everything that the file needs is there; other eyes compare it with the documents."),
        _("Until it is approved the party is not taken on, or its review stays due."),
    ),
    "partyfile.approve": (
        _("A colleague filled in the file; other eyes compare it with the documents, owners and lists."),
        _("Until then nobody deals with a new party, and its limits are not proposed."),
    ),
    "partyfile.take_step": (
        _("The process of taking on a party asks for this step too, before the file is approved."),
        _("Until then nobody deals with a new party."),
    ),
}  # fmt: skip
WHY: dict[str, Any] = {
    "party-file": _("A colleague submitted the file of a party"),
    "party-file-sent-back": _("The file of a party was sent back"),
    "party-file-review": _("The file of a party is due for review"),
    "party-file-document": _("A document of a file runs out"),
    "party-file-stopped": _("Nobody deals with the party any more"),
}
KINDS: dict[str, Any] = {
    "party-file": _("The file of a party waits for other eyes"),
    "party-file-sent-back": _("The file of a party was sent back"),
    "party-file-review": _("The file of a party is due for review"),
    "party-file-document": _("A document of a party's file runs out"),
    "party-file-stopped": _("A party is not dealt with: its file is overdue"),
}
DOES: dict[str, Any] = {
    "party-file": _("Compare it with the documents, then approve it or send it back"),
    "party-file-sent-back": _("Mend what is said, and submit it again"),
    "party-file-review": _("Look whether all of it still holds, and submit it again"),
    "party-file-document": _("Take the file up again, and add the new document"),
    "party-file-stopped": _("Have the file reviewed, or close it"),
}
PROBLEMS: dict[str, Any] = {
    "file-declined": _("The file of the party was declined"),
    "file-closed": _("The file of the party was closed"),
    "owner-hit": _("An owner is like an entry of a list of sanctions"),
    "document-expired": _("A document in the party's file has expired"),
    "review-overdue": _("The review of the party's file is overdue"),
    "file-missing": _("The party has no approved file"),
}
