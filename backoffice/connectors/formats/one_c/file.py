"""The file as it stands: header, account sections and documents, each a list of keys and values with its line.

Strict, as bank software is: an unknown key, a missing one, a wrong date or a missing end is a numbered error with
its line. Everything wrong is told at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from backoffice.connectors.formats.amounts import dotted_amount
from backoffice.connectors.formats.decoding import decode
from backoffice.connectors.formats.one_c import keys
from backoffice.connectors.formats.refusing import Problems, at_line, refuse

LINE_END = re.compile(r"\r\n|\n|\r")
DECLARED = re.compile(rb"\xca\xee\xe4\xe8\xf0\xee\xe2\xea\xe0=([A-Za-z]+)")  # in windows-1251
DECLARED_DOS = re.compile(rb"\x8a\xae\xa4\xa8\xe0\xae\xa2\xaa\xa0=([A-Za-z]+)")
DATE = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{4}\Z", re.ASCII)
TIME = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}\Z", re.ASCII)
NAME = "1C"


@dataclass(slots=True)
class Part:
    """A header, an account section or a document: its values in their order."""

    name: str
    line: int
    values: list[tuple[str, str, int]] = field(default_factory=list)
    known: set[str] = field(default_factory=set, compare=False)  # the keys so far

    def get(self, key: str) -> str:
        """The value of a key, empty where it is not there; of repeated keys the first."""
        return next((value for each, value, _ in self.values if each == key), "")

    def all(self, key: str) -> list[str]:
        return [value for each, value, _ in self.values if each == key and value]

    def line_of(self, key: str) -> int:
        return next((line for each, _, line in self.values if each == key), self.line)

    def day(self, key: str) -> date | None:
        """A day whose form was checked before; None where it is empty."""
        text = self.get(key)
        return day_of(text) if text else None

    def amount(self, key: str) -> Decimal | None:
        text = self.get(key)
        return amount_of(text) if text else None


@dataclass(slots=True)
class ExchangeFile:
    """Everything in a file. `created_at` is the bank's local time: the format has no zone."""

    header: Part
    accounts: list[Part] = field(default_factory=list)
    documents: list[Part] = field(default_factory=list)
    encoding: str = ""

    @property
    def version(self) -> str:
        return self.header.get("ВерсияФормата")

    @property
    def own_accounts(self) -> list[str]:
        """The accounts that the file is about, in its order, each once."""
        named = self.header.all("РасчСчет") + [part.get("РасчСчет") for part in self.accounts]
        return list(dict.fromkeys(named))


def day_of(text: str) -> date:
    """`дд.мм.гггг` and nothing else. Raises ValueError."""
    if not DATE.match(text):
        raise ValueError("not dd.mm.yyyy")
    return datetime.strptime(text, "%d.%m.%Y").replace(tzinfo=UTC).date()


def amount_of(text: str) -> Decimal:
    """An amount with a dot; balances may be negative. Raises ValueError."""
    return -dotted_amount(text[1:]) if text.startswith("-") else dotted_amount(text)


def read_file(raw: bytes) -> ExchangeFile:
    """The parts of a file. Raises Refused with every line that is wrong."""
    declared = DECLARED.search(raw[:4_096]) or DECLARED_DOS.search(raw[:4_096])
    name = declared[1].decode("ascii") if declared else ""
    decoded = decode(raw, keys.ENCODINGS.get(name, ""), format=NAME)
    lines = [line.strip() for line in LINE_END.split(decoded.text)]
    first = next((n for n, line in enumerate(lines) if line), 0)
    if lines[first] != keys.MARK:
        refuse(NAME, "unknown-format", at_line(first + 1), lines[first])
    problems = Problems(NAME)
    file = _parts(lines, first + 1, problems)
    file.encoding = decoded.encoding
    _check(file, problems)
    problems.refuse_if_any()
    return file


def _parts(lines: list[str], first: int, problems: Problems) -> ExchangeFile:
    header = Part("", first)
    file = ExchangeFile(header)
    part, ended = header, False
    for number, line in enumerate(lines[first:], first + 1):
        if not line:
            continue
        key, equals, value = (text.strip() for text in line.partition("="))
        if ended:
            problems.add("misplaced", at_line(number), line)
            break
        if key in (keys.ACCOUNT_BEGIN, keys.DOCUMENT_BEGIN):
            if part is not header:
                problems.add("cut-off", at_line(part.line), part.name, missing=_end_of(part))
            part = Part(key, number, [("", value, number)] if value else [])
            (file.accounts if key == keys.ACCOUNT_BEGIN else file.documents).append(part)
        elif key in (keys.ACCOUNT_END, keys.DOCUMENT_END):
            if part is header or key != _end_of(part):
                problems.add("misplaced", at_line(number), line)
            part = header
        elif key == keys.FILE_END:
            ended = True
        elif not equals:
            problems.add("not-a-key", at_line(number), line)
        else:
            _take(part, key, value, number, problems)
    if part is not header:
        problems.add("cut-off", at_line(part.line), part.name, missing=_end_of(part))
    if not ended:
        problems.add("cut-off", at_line(len(lines)), missing=keys.FILE_END)
    return file


def _end_of(part: Part) -> str:
    return keys.ACCOUNT_END if part.name == keys.ACCOUNT_BEGIN else keys.DOCUMENT_END


def _known(part: Part) -> frozenset[str]:
    if not part.name:
        return keys.HEADER
    return keys.ACCOUNT if part.name == keys.ACCOUNT_BEGIN else keys.DOCUMENT


def _take(part: Part, key: str, value: str, number: int, problems: Problems) -> None:
    where = at_line(number, key)
    if key not in _known(part):
        problems.add("unknown-key", where, key)
        return
    if key in part.known and (part.name or key not in keys.REPEATED):
        problems.add("repeated-field", where, f"{key}={value}")
        return
    part.known.add(key)
    part.values.append((key, value, number))
    form = ""
    try:
        if value and key in keys.DATES:
            form = keys.DATE_FORM
            day_of(value)
        elif value and key in keys.AMOUNTS:
            amount_of(value)
    except ValueError:
        problems.add("wrong-date" if form else "wrong-amount", where, value, form=form)


def _check(file: ExchangeFile, problems: Problems) -> None:
    header = file.header
    _require(header, keys.REQUIRED_OF_HEADER, problems)
    version = header.get("ВерсияФормата")
    if version and version not in keys.VERSIONS:
        where = at_line(header.line_of("ВерсияФормата"), "ВерсияФормата")
        problems.add("unknown-version", where, version, known=", ".join(keys.VERSIONS))
    encoding = header.get("Кодировка")
    if encoding and encoding not in keys.ENCODINGS:
        where = at_line(header.line_of("Кодировка"), "Кодировка")
        problems.add("wrong-code", where, encoding, known=", ".join(keys.ENCODINGS))
    time = header.get("ВремяСоздания")
    if time and not TIME.match(time):
        where = at_line(header.line_of("ВремяСоздания"), "ВремяСоздания")
        problems.add("wrong-value", where, time, form=keys.TIME_FORM)
    for part in file.accounts:
        _require(part, keys.REQUIRED_OF_ACCOUNT, problems)
    for part in file.documents:
        _require(part, keys.REQUIRED_OF_DOCUMENT, problems)
        amount = part.get("Сумма")
        if amount.startswith("-"):
            where = at_line(part.line_of("Сумма"), "Сумма")
            problems.add("wrong-amount", where, amount)


def _require(part: Part, required: tuple[str, ...], problems: Problems) -> None:
    for key in required:
        if not part.get(key):
            problems.add("missing-key", at_line(part.line_of(key), key), missing=key)


def write_file(file: ExchangeFile, *, encoding: str = "cp1251") -> bytes:
    """The file as bytes, keys in the order they have. Raises Refused for what the encoding lacks."""
    problems = Problems(NAME)
    lines = [keys.MARK, *_lines(file.header)]
    for part in file.accounts:
        lines += [keys.ACCOUNT_BEGIN, *_lines(part), keys.ACCOUNT_END]
    for part in file.documents:
        lines += [f"{keys.DOCUMENT_BEGIN}={part.get('')}", *_lines(part), keys.DOCUMENT_END]
    lines.append(keys.FILE_END)
    for number, line in enumerate(lines, 1):
        _check_line(line, at_line(number), encoding, problems)
    problems.refuse_if_any()
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def _lines(part: Part) -> list[str]:
    return [f"{key}={value}" for key, value, _ in part.values if key]


def _check_line(line: str, where: str, encoding: str, problems: Problems) -> None:
    wrong = {c for c in line if not c.isprintable()}
    for character in set(line) - wrong:
        try:
            character.encode(encoding)
        except UnicodeEncodeError:
            wrong.add(character)
    if wrong:
        told = " ".join(sorted(repr(c) for c in wrong))
        problems.add("wrong-characters", where, line, characters=told)
