"""The free text of a statement's line: unwrapped, and what its coded parts name. Never a reason to refuse.

Three ways of coding occur: `?20...?32name` of German banks (and `>20` of Dutch ones), `/EREF/x/NAME/y` of SWIFT's
own usage, and `EREF+x SVWZ+y` inside the first. Everything else is text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from backoffice.connectors.formats.cash import NOBODY, Counterparty

WIDTH = 65  # characters of a line; text that goes on was wrapped there, even inside a word
NUMBERED = re.compile(r"[?>]([0-9]{2})")
GERMAN_START = re.compile(r"\s*[0-9]{3}[?>]")
SLASHED = re.compile(
    r"/(EREF|KREF|MREF|BENM|ORDP|NAME|REMI|CNTP|IBAN|BIC|ISDT|MARF|CSID|ADDR|TRTP|RTRN|PREF|PURP|"
    r"ULTC|ULTD|ULTB|SVCL|OCMT|CHGS|BUSP|UDTR)/"
)
TAGGED = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC)\+")
NOT_PROVIDED = ("NOTPROVIDED", "NOT PROVIDED", "NONREF")
ACCOUNT_ABOVE = re.compile(r"([A-Z]{2}[0-9]{2}[A-Z0-9]{10,30})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Narrative:
    """The text in one piece, and the parts of it that could be told."""

    text: str
    end_to_end_id: str = ""
    counterparty: Counterparty = NOBODY


def narrative_of(told: str, supplement: str = "") -> Narrative:
    """What `:86:` tells, and what the second line of `:61:` adds to it."""
    supplement = supplement.strip()
    if GERMAN_START.match(told):
        found = _numbered(told.replace("\n", ""))
    elif SLASHED.search(told):
        found = _slashed(told.replace("\n", ""))
    else:
        found = Narrative(unwrapped(told))
    text = "\n".join(part for part in (found.text, supplement) if part)
    party = found.counterparty
    if not party.account and ACCOUNT_ABOVE.match(supplement):
        party = Counterparty(party.name, supplement, party.bank)
    return Narrative(text, found.end_to_end_id, party)


def unwrapped(text: str) -> str:
    """Lines that were cut at the width of a line are one; shorter ones end where they end."""
    made = ""
    for line in text.split("\n"):
        made += line if len(line) >= WIDTH else f"{line}\n"
    return "\n".join(line.strip() for line in made.split("\n") if line.strip())


def _numbered(text: str) -> Narrative:
    pieces = NUMBERED.split(text)
    parts = list(zip(pieces[1::2], pieces[2::2], strict=False))
    told = "".join(value for key, value in parts if _is_text(key))
    named = {key: value.strip() for key, value in reversed(parts)}
    coded = _between(TAGGED, told)
    name = " ".join(filter(None, (named.get("32", ""), named.get("33", ""))))
    return Narrative(
        text=" ".join(filter(None, (named.get("00", ""), coded.get("SVWZ", told).strip()))),
        end_to_end_id=_told(coded.get("EREF", "")),
        counterparty=Counterparty(
            name=name, account=coded.get("IBAN") or named.get("31", ""),
            bank=coded.get("BIC") or named.get("30", ""),
        ),
    )  # fmt: skip


def _is_text(key: str) -> bool:
    return "20" <= key <= "29" or "60" <= key <= "63"


def _slashed(text: str) -> Narrative:
    coded = _between(SLASHED, text)
    return Narrative(
        text=coded.get("REMI", "").strip("/ ") or text.strip(),
        end_to_end_id=_told(coded.get("EREF", "")),
        counterparty=Counterparty(
            name=coded.get("NAME", "").strip("/ "), account=coded.get("IBAN", "").strip("/ "),
            bank=coded.get("BIC", "").strip("/ "),
        ),
    )  # fmt: skip


def _between(codes: re.Pattern[str], text: str) -> dict[str, str]:
    """Each code with what stands until the next; the first of a code counts."""
    pieces = codes.split(text)
    found: dict[str, str] = {}
    for code, value in zip(pieces[1::2], pieces[2::2], strict=False):
        found.setdefault(code, value.strip())
    return found


def _told(reference: str) -> str:
    reference = reference.strip("/ ")
    return "" if reference.upper() in NOT_PROVIDED else reference
