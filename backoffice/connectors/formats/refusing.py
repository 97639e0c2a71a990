"""The one refusal of every reader and writer of files, and the words for what can be wrong in one.

A reader looks through a whole file before it refuses, so that a bank is told everything at once. What is
merely odd (a balance that does not add up, documents that are missing) is no refusal but a `Remark`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop

MOST_PROBLEMS = 100  # told of one file; more of them help nobody
LONGEST_FOUND = 60  # characters of what stood there

# code: what is wrong, and what to do. `found` is what stood there.
WORDS: dict[str, tuple[str, str]] = {
    "too-large": (
        gettext_noop("The file has %(found)s bytes; at most %(most)s are read."),
        gettext_noop("Ask for it in parts, by day or by account."),
    ),
    "empty-file": (
        gettext_noop("There is nothing in the file."),
        gettext_noop("Ask for the file again."),
    ),
    "undecodable": (
        gettext_noop("Its bytes are no text in %(encoding)s."),
        gettext_noop("Send it in UTF-8 or windows-1251, or as the bank gave it."),
    ),
    "unknown-format": (
        gettext_noop("No format that is known here begins like this: %(found)s."),
        gettext_noop("Send the file as the bank gave it, not a print or a table of it."),
    ),
    "unknown-version": (
        gettext_noop("%(found)s is a version that is not read here; %(known)s are."),
        gettext_noop("Ask the sender for one of these versions."),
    ),
    "unknown-kind": (
        gettext_noop("It is not said which message this is, and its fields do not tell: %(found)s."),
        gettext_noop("Ask for the message with its header, {2:...}."),
    ),
    "wrong-kind": (
        gettext_noop("%(found)s is not a message that is read here."),
        gettext_noop("Send it where messages of its kind are read."),
    ),
    "no-message": (
        gettext_noop("There is no message in it."),
        gettext_noop("Send the file as the bank gave it."),
    ),
    "cut-off": (
        gettext_noop("It ends before its end: %(missing)s is missing."),
        gettext_noop("The file was cut on its way. Ask for it again."),
    ),
    "missing-field": (
        gettext_noop("Field %(missing)s is missing in message %(message)s."),
        gettext_noop("Ask the sender for a complete message."),
    ),
    "repeated-field": (
        gettext_noop("It stands there a second time: %(found)s."),
        gettext_noop("Ask the sender for a message that says it once."),
    ),
    "wrong-field": (
        gettext_noop("%(found)s is not of the form %(form)s."),
        gettext_noop("Ask the sender to keep to the form of the field."),
    ),
    "misplaced": (
        gettext_noop("%(found)s does not belong there."),
        gettext_noop("Ask the sender to keep to the order of the format."),
    ),
    "wrong-amount": (
        gettext_noop("%(found)s is no amount."),
        gettext_noop("An amount has at most 18 digits and one decimal sign, without spaces."),
    ),
    "wrong-date": (
        gettext_noop("%(found)s is no date of the form %(form)s."),
        gettext_noop("Give a day that exists, in this form."),
    ),
    "wrong-currency": (
        gettext_noop("%(found)s is no currency code."),
        gettext_noop("A currency is three capital letters, as in ISO 4217."),
    ),
    "wrong-code": (
        gettext_noop("%(found)s is none of %(known)s."),
        gettext_noop("Use one of these."),
    ),
    "wrong-value": (
        gettext_noop("%(found)s is not a value of the form %(form)s."),
        gettext_noop("Correct it to this form."),
    ),
    "unknown-key": (
        gettext_noop("The key %(found)s is not in the format."),
        gettext_noop("Leave it out, or ask the bank for a file of version 1.03."),
    ),
    "missing-key": (
        gettext_noop("The key %(missing)s is missing."),
        gettext_noop("Ask the bank for a complete file."),
    ),
    "not-a-key": (
        gettext_noop("%(found)s is no key=value."),
        gettext_noop("Put each value on one line with its key."),
    ),
    "foreign-document": (
        gettext_noop("None of its accounts is an account of the file: %(found)s."),
        gettext_noop("A document belongs to an account that the file names as its own."),
    ),
    "not-xml": (
        gettext_noop("It is no well-formed XML: %(reason)s."),
        gettext_noop("The file was cut or changed on its way. Ask for it again."),
    ),
    "forbidden-xml": (
        gettext_noop("A document type or entities are not read."),
        gettext_noop("Send the document without <!DOCTYPE ...>."),
    ),
    "missing-element": (
        gettext_noop("The element %(missing)s is missing."),
        gettext_noop("Ask the sender for a message that is valid against its schema."),
    ),
    "unknown-element": (
        gettext_noop("%(found)s is not an element of this place."),
        gettext_noop("Ask the sender for a message that is valid against its schema."),
    ),
    "unmapped-element": (
        gettext_noop("Version %(version)s of the mapping knows no element %(found)s."),
        gettext_noop("Look whether records go by another name now, and map it, or name it among those around."),
    ),
    "against-schema": (
        gettext_noop("It is not valid against its schema: %(reason)s."),
        gettext_noop("Ask the sender for a message that is valid against its schema."),
    ),
    "too-long": (
        gettext_noop("%(found)s is longer than %(most)s characters."),
        gettext_noop("Shorten it."),
    ),
    "wrong-characters": (
        gettext_noop("%(found)s has characters that this message cannot carry: %(characters)s."),
        gettext_noop("Transliterate it, or leave them out."),
    ),
    "required": (
        gettext_noop("%(missing)s is required here."),
        gettext_noop("Fill it in."),
    ),
    "not-permitted": (
        gettext_noop("%(found)s is not permitted here: %(reason)s."),
        gettext_noop("Leave it out, or use another profile."),
    ),
}  # fmt: skip


class Refused(Invalid):
    """A file that is not read, or a document that is not written: nothing of it is taken."""

    code = "file-refused"
    title = gettext_noop("The file is refused")
    detail = gettext_noop("Read as %(format)s it has %(count)s problems, the first at %(first)s.")
    hint = gettext_noop("Each problem says where it is, what stood there and what to do.")

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.problems]


class Problems:
    """What was found wrong in one file so far, in its order."""

    def __init__(self, format: str) -> None:
        self.format = format
        self.found: list[FieldProblem] = []
        self.count = 0

    def __bool__(self) -> bool:
        return self.count > 0

    def add(self, code: str, where: object, found: str = "", **facts: Any) -> None:
        """Note one: `where` says a line and field (`line 14, :61:`) or a path of elements.

        It is asked only for those that are kept: a path may be long to find in a large document.
        """
        self.count += 1
        if self.count > MOST_PROBLEMS:
            return
        detail, hint = WORDS[code]
        told = {"found": shown(found), **facts}
        self.found.append(FieldProblem(str(where), code, detail, hint, facts=told))

    def refused(self) -> Refused:
        return refusal(self.format, self.found, self.count)

    def refuse(self) -> NoReturn:
        raise self.refused()

    def refuse_if_any(self) -> None:
        if self.count:
            self.refuse()


def refusal(format: str, problems: Sequence[FieldProblem], count: int = 0) -> Refused:
    first = problems[0].pointer if problems else "?"
    return Refused(problems, count=count or len(problems), format=format, first=first)


def refuse(format: str, code: str, where: str, found: str = "", **facts: Any) -> NoReturn:
    """Refuse at once, where nothing that follows can be read."""
    problems = Problems(format)
    problems.add(code, where, found, **facts)
    problems.refuse()


def shown(found: str) -> str:
    """What stood there as it can be shown: one line, without control characters, not too long."""
    text = "".join(c if c.isprintable() else " " for c in found[: LONGEST_FOUND + 1])
    return text if len(found) <= LONGEST_FOUND else text[:LONGEST_FOUND] + "…"


def at_line(line: int, field: str = "") -> str:
    return f"line {line}, {field}" if field else f"line {line}"
