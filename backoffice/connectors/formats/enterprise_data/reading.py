"""Reading a message of EnterpriseData back: by the mapping of its version, blind to what that does not map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from backoffice.connectors.formats.enterprise_data.checking import MOST_DIGITS
from backoffice.connectors.formats.enterprise_data.mapping import (
    Template,
    Version,
    value_of,
    versions,
)
from backoffice.connectors.formats.enterprise_data.model import (
    OF_KIND,
    Confirmation,
    Document,
    Kind,
    Message,
)
from backoffice.connectors.formats.refusing import Problems
from backoffice.connectors.formats.xml import Node, elements_of

FORMAT = "EnterpriseData"


def read_message(raw: bytes) -> Message:
    """The message of a file. Raises Refused."""
    problems = Problems(FORMAT)
    root = _root(raw, problems)
    header, body = root.child("Header"), root.child("Body")
    if header is None or body is None:
        problems.add("missing-element", root, missing="Header" if header is None else "Body")
        problems.refuse()
    version = _version(header, problems)
    created = _made(datetime, header.text("CreationDate"), header, problems)
    documents = list(_documents(body, version, problems))
    confirmation = _confirmation(header, problems)
    problems.refuse_if_any()
    return Message(version.version, created, tuple(documents), confirmation)


def _root(raw: bytes, problems: Problems) -> Node:
    found = [node for event, node in elements_of(raw, FORMAT, ["Message"]) if event == "end"]
    if not found:
        problems.add("missing-element", "file", missing="Message")
        problems.refuse()
    return found[-1]


def _version(header: Node, problems: Problems) -> Version:
    said = header.text("Format")
    found = next((each for each in versions().values() if each.namespace == said), None)
    if found is None:
        problems.add("unknown-version", header, said, known=", ".join(versions()))
        problems.refuse()
    return found


def _confirmation(header: Node, problems: Problems) -> Confirmation | None:
    node = header.child("Confirmation")
    if node is None:
        return None
    told = {
        "plan": node.text("ExchangePlan"), "to": node.text("To"), "sender": node.text("From"),
        "number": node.text("MessageNo"), "received": node.text("ReceivedNo") or "0",
    }  # fmt: skip
    found: Confirmation | None = _made(Confirmation, told, node, problems)
    return found


def _documents(body: Node, version: Version, problems: Problems) -> Iterator[Document]:
    kinds: dict[str, list[Kind]] = {}
    for kind, (name, _template) in version.objects.items():
        kinds.setdefault(name, []).append(kind)
    for node in body.children():
        if node.name in kinds:
            reader = _Reader(version, problems)
            kind, told = reader.document(node, kinds[node.name])
            yield _made(OF_KIND[kind], {"kind": kind.value, **told}, node, problems)


def _made(type: Any, told: Any, node: Node, problems: Problems) -> Any:
    """What was told as a thing of the model; what does not fit is noted."""
    try:
        made = msgspec.convert(told, type, strict=False)
    except msgspec.ValidationError as error:
        problems.add("against-schema", node, reason=str(error))
        return None
    for amount in _amounts(made):
        if not amount.is_finite() or abs(amount.adjusted()) > MOST_DIGITS:
            problems.add("wrong-amount", node, str(amount))
    return made


def _amounts(thing: Any) -> Iterator[Decimal]:
    """All decimals of a thing of the model, however deep."""
    if isinstance(thing, Decimal):
        yield thing
    elif isinstance(thing, tuple):
        for each in thing:
            yield from _amounts(each)
    elif is_dataclass(thing):
        for part in fields(thing):
            yield from _amounts(getattr(thing, part.name))


class _Reader:
    def __init__(self, version: Version, problems: Problems) -> None:
        self.version, self.problems = version, problems

    def document(self, node: Node, kinds: list[Kind]) -> tuple[Kind, dict[str, Any]]:
        """By the first kind that finds lines where one element stands for several."""
        read = [(kind, self.read(node, self.version.objects[kind][1])) for kind in kinds]
        return next((each for each in read if each[1].get("lines")), read[0])

    def read(self, node: Node, template: Template) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in self.version.entries(template):
            child = node.child(name)
            if child is None or (isinstance(value, str) and value.startswith("=")):
                continue
            for key, told in self._told(node, child, value).items():
                if told not in ("", {}, []):
                    found.setdefault(key, told)
        return found

    def _told(self, node: Node, child: Node, value: Any) -> dict[str, Any]:
        if isinstance(value, list):
            return self.read(child, value)
        said = value_of(value)
        if said.how == "*":
            part = self.version.parts[said.what]
            return {said.name: [self.read(each, part) for each in node.children(child.name)]}
        if said.how == "@":
            inside = self.read(child, self.version.parts[said.what])
            return inside if said.name == "." else {said.name: inside}
        if said.how == "#":
            return {said.name: self._code(child, said.what)}
        return {said.name: child.text()}

    def _code(self, node: Node, table: str) -> str:
        codes = self.version.codes[table]
        found = next((key for key, told in codes.items() if told == node.text()), None)
        if found is None:
            self.problems.add("wrong-code", node, node.text(), known=", ".join(codes.values()))
        return found or ""
