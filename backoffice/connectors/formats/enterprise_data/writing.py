"""A message of EnterpriseData as we write it: what its version would not take is refused before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from backoffice.connectors.formats.enterprise_data.checking import Checks
from backoffice.connectors.formats.enterprise_data.mapping import (
    Template,
    Version,
    value_of,
    versions,
)
from backoffice.connectors.formats.enterprise_data.model import (
    Account,
    BankPayment,
    Confirmation,
    Document,
    Kind,
    Message,
    Services,
)
from backoffice.connectors.formats.refusing import Problems
from backoffice.kernel.decimals import plain

MESSAGE = "http://www.1c.ru/SSL/Exchange/Message"
NAMESPACES = {
    "msg": MESSAGE, "xs": "http://www.w3.org/2001/XMLSchema", "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}  # fmt: skip

CATALOGS = (
    "currencies", "organisations", "counterparts", "contracts", "accounts", "services", "securities",
)  # fmt: skip


def write_message(message: Message) -> bytes:
    """The message: what documents refer to, each once, then the documents. Raises Refused with all that is wrong."""
    version = version_named(message.version)
    require_right(message)
    root = etree.Element("Message", nsmap=NAMESPACES)
    _head(root, message, version)
    body = etree.SubElement(root, f"{{{version.namespace}}}Body", nsmap={None: version.namespace})
    for catalog, things in _catalogs(message.documents).items():
        name, template = version.catalogs[catalog]
        for thing in things:
            _Filling(version).fill(_child(body, name), thing, template)
    for document in message.documents:
        name, template = version.objects[document.kind]
        _Filling(version).fill(_child(body, name), document, template)
    etree.indent(root, "\t")
    made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return made + b"\n"


def require_right(message: Message) -> None:
    """Raises Refused with all that is wrong in it."""
    problems = Problems(f"EnterpriseData {message.version}")
    Checks(version_named(message.version), problems).message(message)
    problems.refuse_if_any()


def version_named(number: str) -> Version:
    """Raises Refused for a version that has no mapping."""
    found = versions().get(number)
    if found is None:
        problems = Problems("EnterpriseData")
        problems.add("unknown-version", "Format", number, known=", ".join(versions()))
        problems.refuse()
    return found


def _head(root: Any, message: Message, version: Version) -> None:
    header = etree.SubElement(root, f"{{{MESSAGE}}}Header")

    def say(parent: Any, name: str, text: str) -> None:
        etree.SubElement(parent, f"{{{MESSAGE}}}{name}").text = text

    say(header, "Format", version.namespace)
    say(header, "CreationDate", said(message.created_at))
    if message.confirmation is not None:
        inside = etree.SubElement(header, f"{{{MESSAGE}}}Confirmation")
        for name, text in _confirmation(message.confirmation):
            say(inside, name, text)
    say(header, "AvailableVersion", version.version)


def _confirmation(told: Confirmation) -> list[tuple[str, str]]:
    return [
        ("ExchangePlan", told.plan), ("To", told.to), ("From", told.sender), ("MessageNo", str(told.number)),
        ("ReceivedNo", str(told.received)),
    ]  # fmt: skip


def _catalogs(documents: Iterable[Document]) -> dict[str, list[Any]]:
    """What documents refer to, by its catalog and reference, in the order in which it is met."""
    found: dict[str, dict[str, Any]] = {name: {} for name in CATALOGS}
    for document in documents:
        for catalog, thing in _named_by(document):
            if thing is not None:
                found[catalog].setdefault(thing.reference, thing)
    return {name: list(things.values()) for name, things in found.items()}


def _named_by(document: Document) -> Iterator[tuple[str, Any]]:
    yield "currencies", document.currency
    yield "organisations", document.organisation
    yield "counterparts", document.counterpart
    yield "contracts", document.contract
    if isinstance(document, BankPayment):
        yield from _accounts(document.account, document.their_account)
    if isinstance(document, Services):
        catalog = "securities" if document.kind == Kind.SECURITIES else "services"
        for line in document.lines:
            yield catalog, line.item


def _accounts(*accounts: Account | None) -> Iterator[tuple[str, Any]]:
    for account in accounts:
        yield "accounts", account


def said(value: Any) -> str:
    """A value as XML spells it: decimals plain, moments to the second without a zone, as 1C has them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _child(parent: Any, name: str) -> Any:
    return etree.SubElement(parent, f"{parent.tag.rpartition('}')[0]}}}{name}")


class _Filling:
    """Elements by their template; what has nothing in it is left out."""

    def __init__(self, version: Version) -> None:
        self.version = version

    def fill(self, element: Any, thing: Any, template: Template) -> None:
        for name, value in self.version.entries(template):
            for inside in self._values(thing, value):
                if isinstance(inside, str):
                    if inside:
                        _child(element, name).text = inside
                    continue
                of, below = inside
                child = _child(element, name)
                self.fill(child, of, below)
                if not len(child):
                    element.remove(child)

    def _values(self, thing: Any, value: Any) -> list[Any]:
        """Texts, and things with the template that each is filled by."""
        if isinstance(value, list):
            return [(thing, value)]
        if value.startswith("="):
            return [value[1:]]
        told = value_of(value)
        of = thing if told.name == "." else getattr(thing, told.name)
        if told.how == "#":
            return [self.version.codes[told.what].get(said(of), "")]
        if told.how == "@":
            return [] if of is None else [(of, self.version.parts[told.what])]
        if told.how == "*":
            return [(each, self.version.parts[told.what]) for each in of]
        return [said(of)]
