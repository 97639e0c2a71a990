"""Elements as we write them: in the order of the schema, with values that it admits. Strict."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from backoffice.connectors.formats.mt.characters import reference
from backoffice.connectors.formats.refusing import Problems
from backoffice.connectors.formats.sese.versions import HEADERS, NAMESPACE, ROOTS, Definition
from backoffice.connectors.formats.xml import written
from backoffice.kernel.decimals import plain
from backoffice.kernel.identifiers import problem_with
from backoffice.kernel.money import Money

TEXT = 35  # of most identifiers
MOST_DIGITS = 18
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'


class Header(NamedTuple):
    """What a channel wants to know of a message (head.001): who, to whom, under which number, when."""

    sender: str  # BIC
    receiver: str
    reference: str
    created_at: datetime
    version: str = "02"
    service: str = ""


Content = list[tuple[str, Any]]  # as xml.written takes it


class Branch:
    """An element being written; what is wrong goes to `problems` at its own name in the instruction."""

    def __init__(self, content: Content, problems: Problems) -> None:
        self.content = content
        self.problems = problems

    def into(self, path: str) -> Branch:
        """A new element for each name of the path, each inside the one before."""
        content = self.content
        for name in path.split("/"):
            inside: Content = []
            content.append((name, inside))
            content = inside
        return Branch(content, self.problems)

    def put(self, path: str, text: str, **attributes: str) -> None:
        above, _, name = path.rpartition("/")
        inside = self.into(above).content if above else self.content
        inside.append((name, (attributes, text)))

    def reference(self, path: str, text: str, where: str) -> None:
        """A reference that MT could carry as well: what we call a thing does not depend on its channel."""
        self.put(path, reference(text, where, self.problems))

    def short(self, path: str, text: str, where: str, most: int = TEXT) -> None:
        if not text.strip():
            self.problems.add("required", where, missing=where)
        elif len(text) > most:
            self.problems.add("too-long", where, text, most=most)
        elif not text.isprintable():
            self.problems.add("wrong-characters", where, text, characters="control")
        else:
            self.put(path, text)

    def code(self, path: str, code: str, where: str) -> None:
        """A code of four letters that the market's lists may have; which ones is the place's to say."""
        if len(code) != 4 or not code.isascii() or not code.isalnum() or code != code.upper():
            self.problems.add("wrong-value", where, code, form="4!c")
        self.put(path, code)

    def bic(self, path: str, bic: str, where: str) -> None:
        if problem_with("BIC", bic):
            self.problems.add("wrong-value", where, bic, form="BIC")
        self.put(path, bic)

    def day(self, path: str, day: date | None) -> None:
        if day:
            self.put(path, day.isoformat())

    def number(
        self, path: str, amount: Decimal, where: str, *, scale: int = 5, digits: int = MOST_DIGITS,
        zero: bool = True, **attributes: str,
    ) -> None:  # fmt: skip
        if not amount.is_finite() or amount < 0 or (not zero and not amount):
            self.problems.add("wrong-amount", where, str(amount))
            return
        text = plain(amount)
        whole, _, fraction = text.partition(".")
        if len(fraction) > scale or len(whole.lstrip("0") + fraction) > digits:
            self.problems.add("wrong-amount", where, text)
        self.put(path, text, **attributes)

    def money(self, path: str, money: Money, where: str, scale: int = 5) -> None:
        currency = money.currency
        if len(currency) != 3 or not currency.isascii() or not currency.isupper():
            self.problems.add("wrong-currency", where, currency)
        else:
            self.number(path, money.amount, where, scale=scale, Ccy=currency)


class Document:
    """A document being written: the message's own element, and what is wrong in it."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.problems = Problems(str(definition))
        self.content: Content = []
        self.branch = Branch(self.content, self.problems)

    def written(self, header: Header | None, wrapper: str) -> bytes:
        """In UTF-8; with a header both stand in one element of the channel's. Raises Refused."""
        head = Branch([], self.problems)
        if header:
            _header(head, header, self.definition)
        self.problems.refuse_if_any()
        root = [(ROOTS[self.definition.name], self.content)]
        document = written(f"{NAMESPACE}{self.definition}", ("Document", root))
        if not header:
            return document
        namespace = f"{NAMESPACE}head.001.001.{header.version}"
        parts = (_bare(written(namespace, ("AppHdr", head.content))), _bare(document))
        inside = b"\n".join(parts)
        name = wrapper.encode("ascii")
        return b"%s\n<%s>\n%s\n</%s>\n" % (DECLARATION, name, inside, name)


def _bare(document: bytes) -> bytes:
    """Without its declaration: it stands once at the beginning of a file."""
    return document.partition(b"?>")[2].strip()


def _header(branch: Branch, header: Header, definition: Definition) -> None:
    problems = branch.problems
    if header.version not in HEADERS:
        problems.add("unknown-version", "header", header.version, known=", ".join(HEADERS))
    branch.bic("Fr/FIId/FinInstnId/BICFI", header.sender, "sender")
    branch.bic("To/FIId/FinInstnId/BICFI", header.receiver, "receiver")
    branch.reference("BizMsgIdr", header.reference, "reference")
    branch.put("MsgDefIdr", str(definition))
    if header.service:
        branch.short("BizSvc", header.service, "service")
    created = header.created_at
    if created.utcoffset() is None:
        problems.add("wrong-date", "created_at", str(created), form="with an offset")
    branch.put("CreDt", created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
