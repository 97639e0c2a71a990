"""What happened, in words: the kinds of events as people read them in a timeline."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.desk import break_words as breaking
from backoffice.desk import change_words as changing
from backoffice.desk import channel_words as channeling
from backoffice.desk import clearing_words as clearing
from backoffice.desk import closing_words as closing
from backoffice.desk import confirmation_words as confirming
from backoffice.desk import import_titles as importing
from backoffice.desk import limit_words as limiting
from backoffice.desk import netting_words as netting
from backoffice.desk import process_words as processing
from backoffice.desk import settling_words as settling
from backoffice.desk import statement_words as stating
from backoffice.desk.document_words import DOCUMENT_REASONS, DOCUMENT_TITLES

TITLES: dict[str, Any] = changing.TITLES | {
    **clearing.TITLES,
    **netting.TITLES,
    **settling.TITLES,
    **closing.TITLES,
    **stating.TITLES,
    **channeling.TITLES,
    **breaking.TITLES,
    **processing.TITLES,
    "fixmapping.propose": _("Proposed"),
    "fixmapping.approve": _("Approved"),
    "fixmapping.decline": _("Declined"),
    "fixmapping.withdraw": _("Withdrawn"),
    **importing.TITLES,
    "roster.keep": _("Roster kept"),
    "absence.note": _("Absence noted"),
    "absence.take_back": _("Absence taken back"),
    "forecast.make": _("Forecast made"),
    "sheet.open": _("Week seen by its person"),
    "sheet.comment": _("Said about one's own week"),
    "sheet.look": _("Week looked at"),
    "inbound.withdraw": _("Withdrawn with its import"),
    "deal.capture": _("Captured"),
    "deal.take_on": _("Taken on from another system"),
    "entity.open_books": _("Books opened as another system left them"),
    "deal.confirm": _("Confirmed"),
    "deal.approve": _("Approved"),
    "deal.reject": _("Sent back"),
    "deal.affirm": _("Affirmed by a rule"),
    "deal.prepare": _("Settlement prepared"),
    "deal.settle": _("Settled"),
    "deal.close": _("Closed"),
    "deal.cancel": _("Cancelled"),
    "deal.lack_ssi": _("No valid standing instruction"),
    "suspicion.open": _("May be a deal captured twice"),
    "suspicion.dismiss": _("Another deal"),
    "suspicion.fall_away": _("No longer suspected"),
    "evidence.propose": _("Document recorded"),
    "evidence.accept": _("Document accepted"),
    "evidence.decline": _("Document declined"),
    "reportrun.request": _("Asked for"),
    "reportrun.start": _("Started"),
    "reportrun.complete": _("Completed"),
    "reportrun.break_off": _("Broken off"),
    "reportrun.download": _("A file was taken"),
    "reportrun.remark": _("Remarked on"),
    "reportrun.sign": _("Signed"),
    "inbound.receive": _("Received, waits for repair"),
    "inbound.replay": _("Repaired and captured"),
    "workitem.claim": _("Taken"),
    "workitem.assign": _("Given by the rule, past its warning time"),
    "workitem.hand_over": _("Handed over to somebody"),
    "workitem.requeue": _("Put into another queue"),
    "workitem.pause": _("Put aside"),
    "workitem.resume": _("Taken up again"),
    "workitem.comment": _("Commented"),
    "limit.reserve": _("Reserved"),
    "limit.release": _("Released"),
    "limit.expire": _("Ran out"),
    "limit.revalue": _("Revalued at new prices or rates"),
    "limit.bound": _("The cap follows own funds"),
    "limit.alarm": _("Exposure corrected without a reason"),
    "price.load": _("Prices added"),
    "rate.load": _("Rates added"),
    **limiting.TITLES,
    "ssi.propose": _("Proposed"),
    "ssi.approve": _("Approved"),
    "ssi.revoke": _("Revoked"),
    "ssi.call_back": _("Counterparty called"),
    **DOCUMENT_TITLES,
    "profile.propose": _("Proposed"),
    "profile.approve": _("Approved"),
    "profile.decline": _("Declined"),
    "profile.withdraw": _("Withdrawn"),
    "profile.supersede": _("Another one holds instead"),
    "rule.load": _("Loaded with the base data"),
    "rule.propose": _("Proposed"),
    "rule.adopt": _("Adopted"),
    "rule.activate": _("Put in force"),
    "rule.decline": _("Declined"),
    "rule.withdraw": _("Withdrawn"),
    "rule.repeal": _("Repealed"),
    "rule.supersede": _("Ends before its successor"),
    "rule.resume": _("Computes again"),
    "rule.verify": _("Checked against its source"),
    "proposal.file": _("Proposed"),
    "proposal.approve": _("Approved"),
    "proposal.decline": _("Declined"),
    "proposal.withdraw": _("Withdrawn"),
    "refdata.change": _("Reference data changed"),
    "webhook.create": _("Webhook made"),
    "webhook.pause": _("Webhook paused"),
    "webhook.resume": _("Webhook goes on"),
    "webhook.end": _("Webhook ended"),
    "webhook.rotate": _("New secret of a webhook"),
    "webhook.replay": _("Told again"),
    "webhook.disable": _("Webhook given up"),
    "sanctions.load": _("List of sanctions loaded"),
    "screening.run": _("Screened"),
    "screeninghit.open": _("Found on a list"),
    "screeninghit.propose_clearing": _("Said to be another"),
    "screeninghit.approve_clearing": _("Cleared"),
    "screeninghit.decline_clearing": _("Not cleared"),
    "screeninghit.confirm": _("Confirmed and blocked"),
    "screeninghit.vanish": _("No longer found"),
    "screeninghit.recur": _("Found again"),
    "upload.look": _("File looked at"),
    "upload.load": _("File loaded"),
    "journalentry.reverse": _("Reversed"),
    "rolegrant.propose": _("Role proposed"),
    "rolegrant.approve": _("Role granted"),
    "rolegrant.decline": _("Role declined"),
    "rolegrant.withdraw": _("Proposal of a role withdrawn"),
    "rolegrant.end": _("Role ended"),
    "rolegrant.expire": _("Role ended by date"),
    "rolegrant.install": _("Role given by the installation"),
    "key.create": _("Key made"),
    "key.revoke": _("Key revoked"),
    "user.enrol_factor": _("Second factor enrolled"),
    "user.remove_factor": _("Second factor removed"),
    "user.use_recovery_code": _("Recovery code used"),
    "user.renew_recovery_codes": _("New recovery codes made"),
}


def step_title(kind: str) -> Any:
    return TITLES.get(kind, kind)


# What waits without a reason of its own: the kind says why.
WHY: dict[str, Any] = changing.WHY | {
    **breaking.WHY,
    **closing.WHY,
    "ssi-missing": _("No approved instruction of the counterparty fits the settlement date"),
}
PROBLEMS: dict[str, Any] = changing.PROBLEMS | {
    "unknown-book": _("The book is not known"),
    "unknown-counterparty": _("The counterparty is not known"),
    "unknown-instrument": _("The instrument is not known"),
    "unknown-currency": _("The currency is not known"),
    "unknown-client": _("The client is not known"),
    "unknown-pair": _("The currency pair is not dealt"),
    "pair-currency": _("The currency is not the second of the pair"),
    "too-many-decimals": _("The currency does not have so many decimals"),
    "amount-too-small": _("The amount comes to nothing"),
    "required": _("Something is missing"),
    "execution-corrected": _("It cancels or corrects an earlier report"),
    "identifier-conflict": _("One identifier names several instruments"),
    "amount-too-large": _("The amount is beyond all bounds"),
    "instrument-suspended": _("The instrument is suspended"),
    "counterparty-blocked": _("The counterparty is blocked"),
    "no-settlement-cycle": _("The market has no settlement cycle"),
    "no-rate": _("There is no exchange rate"),
}


def problem_words(code: str) -> str:
    """A problem of a received deal in words first, code second."""
    return f"{PROBLEMS[code]} · {code}" if code in PROBLEMS else code


# What waits for a person, and what that person does about it.
ITEM_TITLES: dict[str, Any] = changing.KINDS | {
    **channeling.ITEM_TITLES,
    "webhook": _("A webhook was given up"),
    **confirming.ITEM_TITLES,
    **clearing.ITEM_TITLES,
    **netting.ITEM_TITLES,
    "screening-hit": _("Like an entry of a list of sanctions"),
    "screening-clearing": _("A hit waits for other eyes"),
    "ssi-missing": _("No valid standing instruction"),
    **limiting.ITEM_TITLES,
    "possible-duplicate": _("A deal may be captured twice"),
    "repair": _("An executed deal could not be booked"),
    "failing": _("Not settled in time"),
    "ssi-revoked": _("The standing instruction is no longer good"),
    "reinstruct": _("Sent with an instruction that is no longer good"),
    "parked-event": _("An event could not be digested"),
    "evidence": _("A document waits for other eyes"),
    "proposal": _("A change of reference data waits for other eyes"),
    "ssi": _("A standing instruction waits for its call-back and other eyes"),
    "settlement-limit": _("A settlement-day limit stops it"),
    "cancel-asked": _("The counterparty asks to cancel a settlement"),
    "uncovered": _("Settled at its place, but our books lack what was delivered"),
    "broken-run": _("A run was broken off"),
    "limit-alarm": _("The use of a limit was wrong"),
    "rolegrant": _("A role waits for other eyes"),
    **closing.ITEM_TITLES,
    **stating.ITEM_TITLES,
    **breaking.ITEM_TITLES,
    **processing.ITEM_TITLES,
}
NEXT_STEPS: dict[str, Any] = changing.DOES | {
    **channeling.NEXT_STEPS,
    "webhook": _("Look at its deliveries, then resume or end it"),
    **confirming.NEXT_STEPS,
    **clearing.NEXT_STEPS,
    **netting.NEXT_STEPS,
    "screening-hit": _("Compare it with the entry"),
    "screening-clearing": _("Decide about the hit"),
    "ssi-missing": _("Record an instruction"),
    **limiting.NEXT_STEPS,
    "possible-duplicate": _("Say whether they are two"),
    "repair": _("Mend the deal"),
    "failing": _("See what it lacks"),
    "ssi-revoked": _("Enrich it again"),
    "reinstruct": _("Cancel and re-instruct"),
    "parked-event": _("Look at the event"),
    "evidence": _("Compare with the document"),
    "proposal": _("Compare before and after"),
    "ssi": _("Call the counterparty back"),
    "settlement-limit": _("Override the limit, or wait for receipts"),
    "cancel-asked": _("Ask its place to cancel too, or let it settle"),
    "uncovered": _("Book what came in, or clear it with the place; then record its document"),
    "broken-run": _("Look at the run"),
    "limit-alarm": _("Find out who changed it"),
    "rolegrant": _("Decide about the role"),
    **closing.NEXT_STEPS,
    **stating.NEXT_STEPS,
    **breaking.NEXT_STEPS,
    **processing.NEXT_STEPS,
}


# Why a step is the next one, and what it costs to wait.
STEP_REASONS: dict[str, tuple[Any, Any]] = changing.STEP_REASONS | {
    **DOCUMENT_REASONS,
    **channeling.STEP_REASONS,
    **clearing.STEP_REASONS,
    **breaking.STEP_REASONS,
    **netting.STEP_REASONS,
    **processing.STEP_REASONS,
    "webhook.resume": (
        _("It stands still; what happens meanwhile is told when it goes on."),
        _("The other system knows nothing of what happens until then."),
    ),
    "screeninghit.propose_clearing": (
        _(
            "Compare the two sides: a birth date, a country or a number tells whether it is another."
        ),
        _("Until it is cleared nothing goes to or through it."),
    ),
    "screeninghit.approve_clearing": (
        _("A colleague says that it is another; other eyes agree."),
        _("Until it is cleared nothing goes to or through it."),
    ),
    **limiting.STEP_REASONS,
    "profile.approve": (
        _("It says which law rules the entity and whose tax it withholds; other eyes approve it."),
        _("Until then the profile before it holds."),
    ),
    "rule.activate": (
        _("It is proposed, and each of its vectors has to hold."),
        _("Until it is in force nothing is computed by it."),
    ),
    "rule.verify": (
        _("Nobody has held it against its primary source yet."),
        _("In production nothing is computed by a rule that was not checked."),
    ),
    "deal.confirm": (
        _("The counterparty has not agreed to it yet."),
        _("Until it is confirmed and approved no settlement is prepared, and it may be disputed."),
    ),
    "deal.approve": (
        _("A colleague recorded how the counterparty agreed; other eyes approve it."),
        _("No settlement is prepared before it; a late one fails on its due date."),
    ),
    "settlement.release": (
        _("It is prepared, and nothing leaves before other eyes let it go."),
        _("Not released by its due date, it fails, and the counterparty may charge for it."),
    ),
    "settlement.repair": (
        _("It was sent back; put it right, and before other eyes again."),
        _("It cannot settle while it stands here."),
    ),
    "settlement.enrich": (
        _("What it was prepared with may not be used any more."),
        _("It neither leaves nor settles until another instruction is taken and released."),
    ),
    "settlement.match": (
        _("The place settles only what both sides have instructed alike."),
        _("Unmatched on its due date, it fails."),
    ),
    "proposal.approve": (
        _("A colleague asks for the change; other eyes compare before and after."),
        _("Until then everything goes on with the row as it is."),
    ),
    "ssi.approve": (
        _("It is used once the counterparty has confirmed it on a call and other eyes approve it."),
        _("Until then its deals stay without an instruction, and nothing of them settles."),
    ),
    "settlement.unhold": (
        _("It is held by us; other eyes let it go."),
        _("Held on its due date, it fails by our own doing."),
    ),
}
