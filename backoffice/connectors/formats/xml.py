"""XML from strangers, read with care, and XML of ours, written plainly. Only this module knows lxml.

No document types, no entities, no network, nesting and texts bounded; elements by their local names, each with the path
and the line where it stands.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from backoffice.connectors.formats.decoding import MAX_BYTES
from backoffice.connectors.formats.refusing import Problems, at_line, refuse

DOCTYPE = re.compile(rb"<\x00?!\x00?D\x00?O\x00?C\x00?T\x00?Y\x00?P\x00?E", re.IGNORECASE)
MOST_TAGS = 8_000_000  # what does not fit into memory is not begun
SAFE: dict[str, Any] = {
    "resolve_entities": False, "no_network": True, "load_dtd": False, "dtd_validation": False,
    "huge_tree": False, "remove_comments": True, "remove_pis": True,
}  # fmt: skip


class Node:
    """An element: its children by local name, its text, and where it stands."""

    __slots__ = ("element",)

    def __init__(self, element: Any) -> None:
        self.element = element

    @property
    def name(self) -> str:
        return local_name(self.element)

    @property
    def namespace(self) -> str:
        return namespace_of(self.element)

    @property
    def path(self) -> str:
        """`/Document/BkToCstmrStmt/Stmt[2]/Ntry[1]`, counting among those of one name."""
        steps: list[str] = []
        element = self.element
        while element is not None:
            parent = element.getparent()
            name = local_name(element)
            if parent is not None:
                before = sum(1 for _ in element.itersiblings(element.tag, preceding=True))
                after = element.getnext() is not None or before
                name = f"{name}[{before + 1}]" if before or (after and _repeats(element)) else name
            steps.append(name)
            element = parent
        return "/" + "/".join(reversed(steps))

    def __str__(self) -> str:
        return f"{self.path}, {at_line(self.element.sourceline or 0)}"

    def children(self, name: str = "") -> list[Node]:
        return [Node(e) for e in self.element.iterchildren(f"{{*}}{name or '*'}")]

    def child(self, name: str) -> Node | None:
        found = next(self.element.iterchildren(f"{{*}}{name}"), None)
        return None if found is None else Node(found)

    def find(self, path: str) -> Node | None:
        """The first element below by names joined with `/`."""
        element = self.element
        for step in path.split("/"):
            element = next(element.iterchildren("{*}" + step), None)
            if element is None:
                return None
        return Node(element)

    def text(self, *paths: str) -> str:
        """The text of the first of these that has one, without blanks around it; of itself without paths."""
        if not paths:
            return (self.element.text or "").strip()
        for path in paths:
            found = self.find(path)
            if found and found.text():
                return found.text()
        return ""

    def attribute(self, name: str) -> str:
        return str(self.element.get(name) or "").strip()

    def forget(self) -> None:
        """Let go of what is inside, so that a large document stays small; the element keeps its place."""
        self.element.clear()


def local_name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def namespace_of(element: Any) -> str:
    return str(element.tag).rpartition("}")[0].removeprefix("{")


def _repeats(element: Any) -> bool:
    return next(element.itersiblings(element.tag), None) is not None


def elements_of(raw: bytes, format: str, names: Sequence[str]) -> Iterator[tuple[str, Node]]:
    """Each element of these names as it begins (`start`) and as it ends (`end`). Raises Refused for no XML.

    How deep elements may be nested and how long a text may be is bounded by libxml2 (256, 10 MB).
    """
    if len(raw) > MAX_BYTES or raw.count(b"<") > MOST_TAGS:
        refuse(format, "too-large", "file", str(len(raw)), most=MAX_BYTES)
    if not raw.strip():
        refuse(format, "empty-file", "file")
    if DOCTYPE.search(raw):
        refuse(format, "forbidden-xml", "file")
    tags = [f"{{*}}{name}" for name in names]
    try:
        events = etree.iterparse(io.BytesIO(raw), events=("start", "end"), tag=tags, **SAFE)
        for event, element in events:
            yield event, Node(element)
    except etree.XMLSyntaxError as error:
        reason = str(error.msg or "no document").partition("\n")[0]
        refuse(format, "not-xml", at_line(error.lineno or 1), reason=reason)
    except (LookupError, ValueError) as error:
        # An encoding that libxml2 does not know is an error of look-up, not of syntax.
        refuse(format, "not-xml", at_line(1), reason=str(error)[:100])


def messages_named(head: bytes) -> list[str]:
    """The messages of ISO 20022 whose namespaces stand in the head of a file, in any of its encodings."""
    found = re.findall(
        rb"xsd:([a-z]{4}\.[0-9]{3}\.[0-9]{3}\.[0-9]{2})\b", head.replace(b"\x00", b"")
    )
    return [name.decode("ascii") for name in found]


def check_against_schema(raw: bytes, schema: Path, format: str, problems: Problems) -> None:
    """Note what a document has against a schema file, with the place of each."""
    check = _schema(str(schema), schema.stat().st_mtime_ns)
    for line, path, reason in check(raw, format):
        problems.add("against-schema", f"{path}, {at_line(line)}", reason=reason)


@lru_cache(maxsize=32)
def _schema(path: str, _changed: int) -> Callable[[bytes, str], list[tuple[int, str, str]]]:
    schema = etree.XMLSchema(etree.parse(path, etree.XMLParser(no_network=True)))

    def check(raw: bytes, format: str) -> list[tuple[int, str, str]]:
        if DOCTYPE.search(raw):
            refuse(format, "forbidden-xml", "file")
        try:
            document = etree.fromstring(raw, etree.XMLParser(**SAFE))
        except (etree.XMLSyntaxError, LookupError, ValueError) as error:
            refuse(format, "not-xml", at_line(1), reason=str(error).partition("\n")[0][:100])
        schema.validate(_document_in(document))
        return [
            (error.line, _path_of(document, error.path or ""), _plain(error.message))
            for error in schema.error_log
        ]

    return check


def _document_in(root: Any) -> Any:
    """The document itself where it travels inside an envelope with its header."""
    if local_name(root) == "Document":
        return root
    return next((e for e in root.iter() if local_name(e) == "Document"), root)


def _path_of(document: Any, steps: str) -> str:
    """The element of a path of lxml (`/*/*[2]`) by the names of its elements."""
    if not re.match(r"(?:/\*(?:\[[0-9]+\])?)+\Z", steps):
        return "/" + local_name(document)
    found = document.getroottree().xpath(steps)
    return Node(found[0]).path if found else "/" + local_name(document)


def _plain(text: str) -> str:
    return re.sub(r"\{[^}]*\}", "", text)


def checked_text(
    text: str, where: str, most: int, problems: Problems, *, empty: bool = False
) -> str:
    """A text that XML can carry, of 1 to `most` characters, without blanks around it."""
    wrong = sorted({c for c in text if not c.isprintable() and c != "\n"})
    if wrong:
        problems.add("wrong-characters", where, text, characters=" ".join(map(repr, wrong)))
    if len(text) > most:
        problems.add("too-long", where, text, most=most)
    if not text.strip() and not (empty and not text):
        problems.add("required", where, missing=where.rpartition("/")[2])
    return text


def written(namespace: str, root: tuple[str, Any]) -> bytes:
    """A document from nested (name, content): a text, a list of such, or a text with attributes first.

    Content is `str`, `list[tuple]`, or `(dict of attributes, str)`; empty texts and lists are left out.
    """
    name, content = root
    element = etree.Element(f"{{{namespace}}}{name}", nsmap={None: namespace})
    _fill(element, namespace, content)
    etree.indent(element, "\t")
    made: bytes = etree.tostring(element, xml_declaration=True, encoding="UTF-8")
    return made + b"\n"


def _fill(element: Any, namespace: str, content: Any) -> None:
    if isinstance(content, tuple):
        attributes, content = content
        for key, value in attributes.items():
            element.set(key, value)
    if isinstance(content, str):
        element.text = content
        return
    for name, inside in content:
        if inside in ("", [], None):
            continue
        _fill(etree.SubElement(element, f"{{{namespace}}}{name}"), namespace, inside)
