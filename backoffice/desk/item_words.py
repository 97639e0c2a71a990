"""Why something waits for a person, in sentences, by its kind."""

from __future__ import annotations

from backoffice.desk.clearing_words import net_words
from backoffice.desk.confirmation_words import cause_words
from backoffice.desk.process_words import in_language
from backoffice.desk.words import WHY, problem_words


def told_reason(kind: str, reason: str) -> str | None:
    """The reason as its kind tells it; None where it is the market's code."""
    if not reason:
        return str(WHY.get(kind, ""))
    if kind.startswith("confirmation-"):
        return cause_words(reason)
    if kind == "net-different":
        return net_words(reason)
    if kind.startswith("process-") or kind == "party-file-document":
        return in_language(reason)
    if kind == "repair":
        return ", ".join(problem_words(code) for code in reason.split(", "))
    return None
