"""Files of parties in tests: opened and filled in over REST, complete but for what a test leaves out."""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO
from typing import Any

SCAN = b"%PDF-1.4 a scan of "
IDENTITY = {
    "legal_form": "ООО", "address": "Москва, ул. Ленина, 1", "inn": "7707083893", "ogrn": "1027700132195",
}  # fmt: skip
CONTACT = {"name": "Ольга Белова", "position": "Казначей", "phone": "+7 495 000-00-00"}
ANSWERS = {
    "supervision": "none", "accounts": "audited", "capital": "medium", "years": "ten", "record": "good",
    "country": "home", "business": "ordinary", "structure": "simple", "pep": "no",
}  # fmt: skip
DOCUMENTS = {
    "CHARTER": None, "REGISTER": "2199-12-31", "SELF_CERTIFICATION": None, "AGREEMENT": None,
}  # fmt: skip
OWNER = {
    "kind": "INDIVIDUAL", "name": "Nikolai Zvezdin", "name_ru": "Николай Звездин", "country": "RU",
    "birth_date": "1970-05-01", "signs_as": "General director",
}  # fmt: skip


def opened(api: Any, **more: Any) -> str:
    """A file of a new counterparty, being filled in."""
    body = {
        "entity": "RUS", "role": "COUNTERPARTY", "kind": "ORGANISATION", "code": "NEWCO",
        "name": "Newco Trading", "name_ru": "Ньюко Трейдинг", "country": "RU", "identity": IDENTITY,
        "contact": CONTACT, **more,
    }  # fmt: skip
    answer = api("clerk").post("/party-files/", body)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["reference"])


def document(api: Any, file: str, kind: str, expires_on: str | None = None, **more: Any) -> Any:
    fields = {"type": kind, "issued_on": "2026-01-15", **more}
    if expires_on:
        fields["expires_on"] = expires_on
    scan = BytesIO(SCAN + kind.encode())
    scan.name = f"{kind.lower()}.pdf"
    return api("clerk").post_file(f"/party-files/{file}/documents/", scan, **fields)


def person(api: Any, file: str, **more: Any) -> int:
    """The key of somebody who was added."""
    answer = api("clerk").post(f"/party-files/{file}/persons/", {**OWNER, **more})
    assert answer.status_code == 200, answer.content
    return int(answer.json()["owners"][-1]["id"])


def stake(api: Any, file: str, owner: int, share: str, owned: int | None = None) -> Any:
    body = {"owner": owner, "owned": owned, "share": share}
    return api("clerk").post(f"/party-files/{file}/stakes/", body)


def complete(api: Any, *, without: Collection[str] = (), **more: Any) -> str:
    """A file with everything that it needs, but for the documents left out."""
    file = opened(api, **more)
    asked = {"QUESTIONNAIRE": None} if more.get("role") == "CLIENT" else {}
    for kind, expires_on in {**DOCUMENTS, **asked}.items():
        if kind not in without:
            answer = document(api, file, kind, expires_on)
            assert answer.status_code == 200, answer.content
    assert stake(api, file, person(api, file), "1").status_code == 200
    answer = api("clerk").post(f"/party-files/{file}/answers/", {"answers": ANSWERS})
    assert answer.status_code == 200, answer.content
    return file


def submitted(api: Any, **more: Any) -> str:
    file = complete(api, **more)
    answer = api("clerk").post(f"/party-files/{file}/submit/")
    assert answer.status_code == 200, answer.content
    return file


def approved(api: Any, **more: Any) -> str:
    file = submitted(api, **more)
    answer = api("checker").post(f"/party-files/{file}/approve/")
    assert answer.status_code == 200, answer.content
    return file
