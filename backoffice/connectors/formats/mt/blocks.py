"""The envelope of MT messages: a file's messages, their blocks, their fields, and sequences as a tree.

Banks send messages whole (`{1:F01...}{2:O940...}{4:` ... `-}`), or block 4 alone, ended by `-`, or by nothing
at all where the next message begins; with lines of their own before it, and control characters around it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from backoffice.connectors.formats.refusing import Problems, at_line

LINE_END = re.compile(r"\r\n|\n|\r")
TAG = re.compile(r":([0-9]{2,3}[A-Z]?|NS):", re.ASCII)
END = re.compile(r"-(?:\}.*|XXX)?\s*\Z")
CONTROL = "\x00\x01\x02\x03\x04\x1a\ufeff"
BLOCK = re.compile(r"\{([0-9S]):")
KIND_IN_PREAMBLE = re.compile(r"(?::|\b)([0-9]{3})(?::|\b)", re.ASCII)
HEADER = re.compile(r":9[0-9]{2}:\s*\Z", re.ASCII)  # a bank's own line before a message
OPENING = re.compile(r"\{(?:[1-5]):")
OUTSIDE = re.compile(r"(?:\A|[\r\n])(:[0-9]{2}[A-Z]?:[^\r\n]*)", re.ASCII)
# What may follow :20: in a message of cash: where nothing of it does, `:20:` is a wrapped time.
AFTER_REFERENCE = frozenset({"21", "25", "25P"})


@dataclass(frozen=True, slots=True)
class Field:
    """`:tag:value`, lines of the value joined by \\n, and the line of the file where it begins."""

    tag: str
    value: str
    line: int

    @property
    def where(self) -> str:
        return at_line(self.line, f":{self.tag}:")

    @property
    def qualifier(self) -> str:
        """`SETT` of `:19A::SETT//EUR1,`; empty for a field without one."""
        return self.value[1:5] if self.value.startswith(":") else ""


@dataclass(slots=True)
class Sequence:
    """What stands between `:16R:` and `:16S:` of a name, in its order."""

    name: str
    line: int
    parts: list[Field | Sequence] = field(default_factory=list)

    @property
    def fields(self) -> list[Field]:
        return [part for part in self.parts if isinstance(part, Field)]

    def sequences(self, name: str) -> list[Sequence]:
        """The sequences of this name directly inside."""
        return [p for p in self.parts if isinstance(p, Sequence) and p.name == name]


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `kind` is 940 and the like, empty where nothing tells it."""

    number: int
    line: int
    kind: str
    fields: tuple[Field, ...]
    blocks: Mapping[str, str] = field(default_factory=dict)
    preamble: str = ""

    @property
    def sender(self) -> str:
        """The BIC that sent it, of eleven characters, where the headers are there."""
        application = self.blocks.get("2", "")
        if application.startswith("O"):
            return _bic(application[14:26])
        return _bic(self.blocks.get("1", "")[3:15]) if application else ""

    @property
    def receiver(self) -> str:
        application = self.blocks.get("2", "")
        if application.startswith("I"):
            return _bic(application[4:16])
        return _bic(self.blocks.get("1", "")[3:15]) if application else ""


def _bic(terminal: str) -> str:
    """A logical terminal has its own letter between the bank and its branch."""
    return terminal[:8] + terminal[9:12] if len(terminal) == 12 else ""


def messages_in(
    text: str, problems: Problems, tags: Collection[str] | None = None
) -> list[Message]:
    """The messages of a file in their order.

    `tags` are the fields that its messages can have: a line that begins with another is the rest of a
    wrapped text (`:26:37` of a time). None takes every field. What is wrong goes into `problems`.
    """
    if OPENING.search(text):
        return list(_framed(text, problems, tags))
    return list(_bare(LINE_END.split(text), problems, tags))


def check_characters(message: Message, problems: Problems) -> None:
    """A zero byte is no character: what holds one could not be kept."""
    for each in message.fields:
        if "\x00" in each.value:
            problems.add("wrong-characters", each.where, each.value, characters="\\x00")


def fields_in(lines: list[str], first: int, tags: Collection[str] | None) -> list[Field]:
    """The fields of a block 4, whose first line is line `first` of the file."""
    found: list[tuple[str, list[str], int]] = []
    for number, line in enumerate(lines, first):
        tag = _tag(line, tags)
        if tag:
            found.append((tag, [line[len(tag) + 2 :]], number))
        elif found:
            found[-1][1].append(line)
    return [Field(tag, "\n".join(_without_end(parts)), line) for tag, parts, line in found]


def _without_end(parts: list[str]) -> list[str]:
    end = len(parts)
    while end > 1 and not parts[end - 1].strip():
        end -= 1
    return parts[:end]


def _tag(line: str, tags: Collection[str] | None) -> str:
    match = TAG.match(line)
    if not match or (tags is not None and match[1] not in tags):
        return ""
    return match[1]


def _framed(text: str, problems: Problems, tags: Collection[str] | None) -> Iterator[Message]:
    starts = [0, *(match.end() for match in LINE_END.finditer(text))]
    blocks: dict[str, str] = {}
    fields: list[Field] = []
    at = begun = number = 0
    while match := BLOCK.search(text, at):
        id, start = match[1], match.end()
        _outside(text, at, match.start(), starts, problems)
        if id in blocks or (id == "1" and blocks):
            number += 1
            yield _message(number, bisect_right(starts, begun), blocks, fields)
            blocks, fields = {}, []
        if not blocks:
            begun = match.start()
        line = bisect_right(starts, start)
        end, at = _end_of(text, id, start)
        if end < 0:
            problems.add("cut-off", at_line(line), f"{{{id}:", missing="}" if id != "4" else "-}")
            return
        blocks[id] = text[start:end]
        if id == "4":
            fields = fields_in(LINE_END.split(text[start:end]), line, tags)
    _outside(text, at, len(text), starts, problems)
    if blocks:
        yield _message(number + 1, bisect_right(starts, begun), blocks, fields)


def _outside(text: str, start: int, end: int, starts: list[int], problems: Problems) -> None:
    """Fields outside of any block would be lost without a word."""
    found = OUTSIDE.search(text, start, end)
    if found:
        problems.add("misplaced", at_line(bisect_right(starts, found.start(1))), found[1])


def _end_of(text: str, id: str, start: int) -> tuple[int, int]:
    """Where a block's content ends, and where to go on; -1 where it does not end."""
    if id == "4" and text[start : start + 1] != "{":
        ending = re.compile(r"(?:\r\n|\n|\r)-\}").search(text, start)
        return (ending.start(), ending.end()) if ending else (-1, -1)
    depth = 1
    for brace in re.compile(r"[{}]").finditer(text, start):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return brace.start(), brace.end()
    return -1, -1


def _message(number: int, line: int, blocks: Mapping[str, str], fields: list[Field]) -> Message:
    kind = blocks.get("2", "")[1:4]
    return Message(number, line, kind, tuple(fields), blocks)


def _bare(lines: list[str], problems: Problems, tags: Collection[str] | None) -> Iterator[Message]:
    """Messages without braces, each from its first field to its end or to the next reference."""
    preamble: list[str] = []
    opened: list[str] = []
    first = number = 0
    for index, raw in enumerate(lines):
        line = raw.strip(CONTROL)
        tag = _tag(line, tags)
        header = HEADER.match(line) is not None
        ended = bool(opened) and (header or END.match(line) is not None)
        if ended or (opened and tag == "20" and _begins(lines, index, tags)):
            number += 1
            yield _opened(number, first, opened, preamble, tags)
            preamble, opened = [], []
        if header:
            preamble = [line]
        elif ended:
            continue
        elif opened or tag:
            first = first if opened else index + 1
            opened.append(line)
        elif line.strip():
            preamble.append(line)
    if opened:
        yield _opened(number + 1, first, opened, preamble, tags)


def _begins(lines: list[str], index: int, tags: Collection[str] | None) -> bool:
    for line in lines[index + 1 : index + 4]:
        tag = _tag(line.strip(CONTROL), tags)
        if tag:
            return tag in AFTER_REFERENCE
    return False


def _opened(
    number: int, first: int, lines: list[str], preamble: list[str], tags: Collection[str] | None
) -> Message:
    told = KIND_IN_PREAMBLE.search(preamble[-1]) if preamble else None
    return Message(
        number, first, told[1] if told else "",
        tuple(fields_in(lines, first, tags)), preamble="\n".join(preamble),
    )  # fmt: skip


def tree_of(message: Message, problems: Problems) -> Sequence:
    """The fields of a message in the sequences that `:16R:` opens and `:16S:` closes."""
    root = Sequence("", message.line)
    inside = [root]
    for each in message.fields:
        name = each.value.strip()
        if each.tag == "16R":
            inside.append(Sequence(name, each.line))
        elif each.tag != "16S":
            inside[-1].parts.append(each)
        elif len(inside) == 1 or inside[-1].name != name:
            problems.add("misplaced", each.where, f":16S:{name}")
            return root
        else:
            closed = inside.pop()
            inside[-1].parts.append(closed)
    if len(inside) > 1:
        unclosed = inside[-1]
        problems.add(
            "cut-off", at_line(unclosed.line), unclosed.name, missing=f":16S:{unclosed.name}"
        )
    return root
