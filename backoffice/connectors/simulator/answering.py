"""Answers of a played place as files: of each tongue that was spoken one, and what goes wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from backoffice.connectors.simulator.saying import Answer, Repeated, Said, Tongue, lines_of
from backoffice.connectors.simulator.saying_iso import enveloped, in_iso
from backoffice.connectors.simulator.saying_mt import in_mt
from backoffice.connectors.simulator.script import Fault

ENDINGS = {Tongue.JSON: "jsonl", Tongue.MT: "fin", Tongue.ISO20022: "xml"}
_MESSAGES: Mapping[Tongue, Callable[[Answer], str]] = {Tongue.MT: in_mt, Tongue.ISO20022: in_iso}
UNTOLD = Repeated(Tongue.JSON, "", "", "")


class Cycle(NamedTuple):
    """Of which cycle of which place answers are, and when they are said."""

    place: str
    number: int
    at: datetime


class Spoken(NamedTuple):
    """What is said, and what its message repeats; None in lines of JSON."""

    said: Said
    terms: Repeated | None

    @property
    def tongue(self) -> Tongue:
        return Tongue(self.terms.tongue) if self.terms else Tongue.JSON


def texts_of(spoken: Sequence[Spoken], cycle: Cycle) -> dict[Tongue, str]:
    """The messages of a cycle, numbered so that the same cycle says the same again, and no other."""
    found: dict[Tongue, str] = {}
    for tongue, write in _MESSAGES.items():
        messages = [
            write(Answer(each.said, f"{cycle.place[:4]}{cycle.number:06d}{n:04d}", cycle.at, each.terms or UNTOLD))
            for n, each in enumerate(spoken, 1)
            if each.tongue is tongue
        ]  # fmt: skip
        found[tongue] = "".join(messages)
    lines = [each.said for each in spoken if each.tongue is Tongue.JSON]
    found[Tongue.JSON] = lines_of(lines, place=cycle.place, cycle=cycle.number, at=cycle.at)
    return {tongue: text for tongue, text in found.items() if text}


def files_of(
    tongue: Tongue, text: str, name: str, fault: Fault | None
) -> Iterator[tuple[str, str]]:
    """A file as it comes: once, twice, or broken off and then whole."""
    whole = enveloped(text) if tongue is Tongue.ISO20022 else text
    stem, _, ending = name.partition(".")
    again = f"{stem}_again.{ending}"  # which sorts after the first
    if fault is Fault.MALFORMED and tongue is Tongue.JSON:
        first = text.partition("\n")[0]
        yield name, f"{first[: len(first) // 2]}\n{text}"
    elif fault is Fault.MALFORMED:
        yield name, whole[: len(whole) // 2]
        yield again, whole
    else:
        yield name, whole
    if fault is Fault.DUPLICATE_FILE:
        yield again, whole
