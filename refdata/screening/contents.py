"""What of a subject is screened: its names and identifiers, and whom it can be like. Set-based."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from refdata.models import (
    Instrument,
    InstrumentIdentifier,
    Party,
    PartyIdentifier,
    Place,
    Proposal,
)
from refdata.models.parties import PartyKind
from refdata.screening.state import EntryKind
from refdata.state import ProposalState


class Subject(NamedTuple):
    """What is screened: a party, a place, an instrument, the proposal of one, or what another app registers."""

    type: str
    id: int

    def __str__(self) -> str:
        return f"{self.type}-{self.id}"


# What a subject can be by name; an identifier says it for itself.
_PERSON = frozenset({EntryKind.PERSON})
_ORGANISATION = frozenset({EntryKind.ENTITY, EntryKind.BANK, EntryKind.VESSEL})
_PLACE = frozenset({EntryKind.ENTITY, EntryKind.BANK})
_SECURITY = frozenset({EntryKind.SECURITY, EntryKind.ENTITY, EntryKind.BANK})  # or its issuer
_ANY = frozenset(EntryKind)


@dataclass(slots=True)
class Content:
    """The names and identifiers of a subject, as they are kept with its screening."""

    kinds: frozenset[EntryKind]
    names: list[str]
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    country: str = ""

    @property
    def label(self) -> str:
        return (self.names or [" ".join(each) for each in self.identifiers] or [""])[0][:200]

    @property
    def document(self) -> dict[str, Any]:
        return {
            "names": self.names,
            "identifiers": [list(each) for each in self.identifiers],
            "country": self.country,
        }


def contents_of(subjects: Iterable[Subject]) -> dict[Subject, Content]:
    """The contents of subjects; what is not there any more, or was decided, has none."""
    wanted: dict[str, list[int]] = {}
    for subject in subjects:
        wanted.setdefault(subject.type, []).append(subject.id)
    found: dict[Subject, Content] = {}
    for type, ids in wanted.items():
        found |= {Subject(type, id): each for id, each in _READ[type](ids).items()}
    return found


def _names(*names: str | None) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))


def _parties(ids: list[int]) -> dict[int, Content]:
    rows = Party.objects.filter(pk__in=ids)
    found = {
        id: Content(_kinds(kind), _names(name, name_ru), [("CODE", code)], country)
        for id, code, name, name_ru, kind, country in rows.values_list(
            "id", "code", "name", "name_ru", "kind", "country"
        )
    }
    more = PartyIdentifier.objects.filter(party_id__in=ids).order_by("scheme", "value")
    for party_id, scheme, value in more.values_list("party_id", "scheme", "value"):
        found[party_id].identifiers.append((scheme, value))
    return found


def _kinds(kind: str) -> frozenset[EntryKind]:
    return _PERSON if kind == PartyKind.INDIVIDUAL else _ORGANISATION


def _places(ids: list[int]) -> dict[int, Content]:
    rows = Place.objects.filter(pk__in=ids).values_list("id", "name", "name_ru", "bic", "bik")
    return {
        id: Content(
            _PLACE, _names(name, name_ru), [s for s in (("BIC", bic), ("BIK", bik)) if s[1]]
        )
        for id, name, name_ru, bic, bik in rows
    }


def _instruments(ids: list[int]) -> dict[int, Content]:
    rows = Instrument.objects.filter(pk__in=ids)
    found = {
        id: Content(_SECURITY, _names(name, name_ru), [("ISIN", isin)] if isin else [])
        for id, name, name_ru, isin in rows.values_list(
            "asset_id", "asset__name", "asset__name_ru", "isin"
        )
    }
    more = InstrumentIdentifier.objects.filter(instrument_id__in=ids).exclude(scheme="ISIN")
    for id, scheme, value in more.values_list("instrument_id", "scheme", "value"):
        if scheme != "TICKER":  # a ticker is no identifier of the world
            found[id].identifiers.append((scheme, value))
    return found


# Proposals of these rows are screened before they are approved, by what they can be like.
PROPOSED: Mapping[str, frozenset[EntryKind]] = {
    "party": _ORGANISATION,
    "partyidentifier": _ANY,
    "place": _PLACE,
    "asset": _SECURITY,
    "instrument": _SECURITY,
    "instrumentidentifier": _ANY,
}
_SCHEMES = {"bic": "BIC", "bik": "BIK", "isin": "ISIN"}


def _proposals(ids: list[int]) -> dict[int, Content]:
    rows = Proposal.objects.filter(pk__in=ids, state=ProposalState.PROPOSED)
    found = {}
    for id, subject_type, changes in rows.values_list("id", "subject_type", "changes"):
        kinds = PROPOSED[subject_type]
        if subject_type == "party":
            # Of a change the kind may not be among what changes: then it may be like either.
            kinds = _kinds(changes["kind"]) if "kind" in changes else _PERSON | _ORGANISATION
        given = [(_SCHEMES[n], v) for n, v in changes.items() if n in _SCHEMES and v]
        if changes.get("value"):
            given.append((changes.get("scheme") or "", changes["value"]))
        found[id] = Content(
            kinds, _names(changes.get("name"), changes.get("name_ru")), given,
            changes.get("country") or "",
        )  # fmt: skip
    return found


Read = Callable[[list[int]], dict[int, Content]]
Forerunners = Callable[[set["Subject"]], dict["Subject", "Subject"]]

_READ: dict[str, Read] = {
    "party": _parties,
    "place": _places,
    "instrument": _instruments,
    "proposal": _proposals,
}
_FORERUNNERS: list[Forerunners] = []


def register_subject(name: str, read: Read, forerunners: Forerunners | None = None) -> None:
    """Let what an app to the right keeps be screened; `forerunners` says what subjects were before, by it.

    What was cleared of a forerunner stays cleared of the subject that it became.
    """
    _READ[name] = read
    if forerunners is not None:
        _FORERUNNERS.append(forerunners)


def person_or_organisation(kind: str) -> frozenset[EntryKind]:
    """What somebody of a kind of party can be like."""
    return _kinds(kind)


def forerunners_of(subjects: set[Subject]) -> dict[Subject, Subject]:
    """By what came before, the subject that it became: proposals, and what apps registered."""
    ids = [subject.id for subject in subjects]
    rows = Proposal.objects.filter(
        subject_type__in=[*{subject.type for subject in subjects}], subject_id__in=ids
    ).values_list("id", "subject_type", "subject_id")
    found = {Subject("proposal", id): Subject(type, key or 0) for id, type, key in rows}
    for forerunners in _FORERUNNERS:
        found |= forerunners(subjects)
    return found
