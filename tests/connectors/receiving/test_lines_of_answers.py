"""A line of JSON from a place that cannot be kept as it is: a problem of that line, and the others are taken."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backoffice.connectors.receiving.services import take_file
from tests.connectors.receiving.samples import AT

pytestmark = pytest.mark.django_db
GOOD = {
    "reference": "S-1", "message": "m-1", "event": "matched", "at": "2026-11-24T10:00:00+03:00",
}  # fmt: skip


def line(**changes: Any) -> bytes:
    return json.dumps(GOOD | changes).encode()


@pytest.mark.parametrize(
    "raw",
    [
        line(message="m" * 121), line(message="m\x00"), line(reason="\ud800"), line(reason="r" * 501),
        line(reference="S-0"),
        line(reference="S-99999999999999999999"), line(reference="S-١"), line(reference=1),
        line(at="0001-01-01T00:00:00+23:00"),
        line(at="9999-12-31T23:59:59-23:00"), line(at="2026-11-24T10:00:00"), line(at="2026-11-24T10:00:00+20:00"),
        line(quantity=1.5),
        line(quantity="1e400"),
        b'{"reference": ' + b"[" * 100_000, b'{"reference": "S-1"}', b'{"reference": NaN}', b"\xff\xfe",
    ],
    ids=range(18),
)  # fmt: skip
def test_it_keeps_no_other_line(raw: bytes) -> None:
    file = take_file(line() + b"\n" + raw + b"\n", name="x", actor=None, at=AT)
    assert file.lines == 2
    told = {problem["position"]: problem["code"] for problem in file.problems}
    assert told["line 2"] == "unreadable"
    assert told["line 1"] not in ("unreadable", "reader-broke")  # there is no such settlement here
