#!/usr/bin/env python3
"""Verifies an export of the back office's events without the back office.

Nothing but Python's standard library: whoever doubts the history needs this one file, the export,
and a hash noted earlier. Each line of the export is an event or the root of a day:

    {"number": 1, "hash": "...", "content": {...}}
    {"day": "2026-11-23", "number": 1, "count": 1, "hash": "...", "previous": "...", "root": "..."}

The hash of an event is SHA-256, in hex, of the hash before it (64 zeros before the first) followed
by its content as canonical JSON: sorted keys, separators "," and ":", UTF-8. The root of a day is
the same over the root before it and the day, its last number and that number's hash.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, BinaryIO

SEED = "0" * 64
EVENT = {"number": int, "hash": str, "content": dict}
ROOT = {"day": str, "number": int, "count": int, "hash": str, "previous": str, "root": str}
TYPES = EVENT | ROOT
HASHES = ("hash", "previous", "root")
EXAMPLES = """examples:
  verify_chain.py export.jsonl                      the whole history
  verify_chain.py export.jsonl --expect-last HASH   and its end: nothing was cut off
  verify_chain.py later.jsonl --expect HASH         a hash or root noted earlier still occurs
  verify_chain.py part.jsonl --from-hash HASH       an export that begins after the first event
  zcat export.jsonl.gz | verify_chain.py -          from the standard input

A problem is a line with the number it was found at. The last line is "OK: ..." with exit code 0,
or says how many problems there are, with exit code 1. What agrees with itself may still have been
written anew as a whole: only a hash or root that was kept elsewhere shows that."""


def canonical(content: dict[str, Any]) -> bytes:
    """The one spelling of a content that is hashed."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def sealed(previous: str, content: dict[str, Any]) -> str:
    """The hash of a content, over the hash before it."""
    return hashlib.sha256(previous.encode() + canonical(content)).hexdigest()


def parsed(line: bytes) -> dict[str, Any]:
    """A line of the export. Raises ValueError when it is none."""
    row: dict[str, Any] = json.loads(
        line.decode(),
        object_pairs_hook=_once,
        parse_float=_no_fraction,
        parse_constant=_no_fraction,
    )
    if not isinstance(row, dict) or row.keys() not in (EVENT.keys(), ROOT.keys()):
        raise ValueError("neither an event nor the root of a day")
    for name, value in row.items():
        if type(value) is not TYPES[name]:
            raise ValueError(f"{name} is of another type")
        if name in HASHES and not re.fullmatch("[0-9a-f]{64}", str(value)):
            raise ValueError(f"{name} is no hash")
    if "day" in row and date.fromisoformat(row["day"]).isoformat() != row["day"]:
        raise ValueError("day is not spelled as 2026-11-23")
    return row


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key stands there twice")
    return content


def _no_fraction(text: str) -> None:
    raise ValueError(f"{text}: sealed numbers are whole ones")


class Verifier:
    """One walk through an export, line by line; it remembers only where it stands."""

    def __init__(self, from_hash: str | None = None, expected: Iterable[str] = ()) -> None:
        self.count = self.days = 0
        self.number: int | None = 0 if from_hash is None else None  # None: as the file begins
        self.hash = from_hash or SEED
        self.root: dict[str, Any] | None = None
        self._whole = from_hash is None
        self._expected = set(expected)

    def problems(self, lines: Iterable[bytes]) -> Iterator[str]:
        """A line for everything that is wrong, in the order of the file."""
        for position, line in enumerate(lines, start=1):
            try:
                row = parsed(line)
                yield from list(self._check_root(row) if "root" in row else self._check_event(row))
            except (ValueError, RecursionError) as error:
                yield f"line {position}, after number {self.number or 0}: cannot be read: {error}"
        if not self.count:
            yield "number 0: there is no event in this file"
        for noted in sorted(self._expected):
            yield f"noted hash {noted}: it is nowhere in this file"

    def _check_event(self, event: dict[str, Any]) -> Iterator[str]:
        number, after = event["number"], self.number
        if after is not None and number > after + 1:
            yield f"number {number}: numbers {after + 1} to {number - 1} are missing"
        elif after is not None and number <= after:
            yield f"number {number}: it stands behind number {after}"
        elif sealed(self.hash, event["content"]) != event["hash"]:
            yield f"number {number}: the hash does not fit the event and the hash before"
        self.count += 1
        self.number, self.hash = number, event["hash"]
        self._expected.discard(event["hash"])

    def _check_root(self, row: dict[str, Any]) -> Iterator[str]:
        name, before = f"root of {row['day']}, number {row['number']}", self.root
        content = {"day": row["day"], "number": row["number"], "hash": row["hash"]}
        if row["number"] != (self.number or 0):
            yield f"{name}: the chain stands at number {self.number or 0}"
        elif row["hash"] != self.hash:
            yield f"{name}: the chain has another hash there"
        if sealed(row["previous"], content) != row["root"]:
            yield f"{name}: the root does not fit its day and the root before"
        if before or self._whole:
            yield from self._check_follows(name, row, before)
        self.days += 1
        self.root = row
        self._expected.discard(row["root"])

    def _check_follows(
        self, name: str, row: dict[str, Any], before: dict[str, Any] | None
    ) -> Iterator[str]:
        if row["previous"] != (before["root"] if before else SEED):
            yield f"{name}: it was sealed over another root before"
        days = before and date.fromisoformat(row["day"]) - date.fromisoformat(before["day"])
        if before and days != timedelta(days=1):
            yield f"{name}: the root before is of {before['day']}"
        if row["count"] != row["number"] - (before["number"] if before else 0):
            yield f"{name}: a count of {row['count']} does not lead there"


def arguments() -> argparse.Namespace:
    about, _, _ = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=about, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("export", help="the file of `manage.py export_events`, or - for the input")
    parser.add_argument(
        "--from-hash", metavar="HASH", help="the hash before the first event of a partial export"
    )
    parser.add_argument(
        "--expect-last", metavar="HASH", help="the hash that the last event must have"
    )
    parser.add_argument(
        "--expect", metavar="HASH", action="append", default=[],
        help="a hash or root noted earlier that must occur; may be given again",
    )  # fmt: skip
    return parser.parse_args()


def verify(lines: BinaryIO, given: argparse.Namespace) -> int:
    """Print what is wrong and the result; return the exit code."""
    verifier, found = Verifier(given.from_hash, given.expect), 0
    for problem in verifier.problems(lines):
        print(problem)
        found += 1
    if given.expect_last not in (None, verifier.hash):
        print(f"number {verifier.number or 0}: the last one; its hash is not {given.expect_last}")
        found += 1
    if found:
        print(f"{found} problems in {verifier.count} events")
        return 1
    if verifier.root:
        print(
            f"{verifier.days} daily roots, the last of {verifier.root['day']}: {verifier.root['root']}"
        )
    print(f"OK: {verifier.count} events, last hash {verifier.hash}")
    return 0


def main() -> int:
    given = arguments()
    if given.export == "-":
        return verify(sys.stdin.buffer, given)
    try:
        with open(given.export, "rb") as file:
            return verify(file, given)
    except OSError as error:
        print(f"{given.export} cannot be read: {error.strerror}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
