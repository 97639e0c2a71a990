"""The examples that the served schema shows of netting, record dates, claims and buy-ins are taken as they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from refdata.models import Place
from settlements.examples import BODIES, RECORD_EVENTS

pytestmark = pytest.mark.usefixtures("own_database")


def test_each_record_date_is_taken_and_every_other_body_can_be_read(api: Any) -> None:
    for name, body in RECORD_EVENTS.items():
        answer = api("clerk").post("/record-events/", body)
        assert answer.status_code == 201, (name, answer.content)
    for path, examples in BODIES.items():
        view = resolve(path.replace("{reference}", "X-1")).func.view_class  # type: ignore[attr-defined]
        for name, body in examples.items():
            given = view.Input(data=body)
            assert given.is_valid(), (path, name, given.errors)
    assert Place.objects.filter(code="CORR").exists()
    served = Client().get("/api/schema/?format=json").json()["paths"]
    for path, examples in {**BODIES, "/api/v1/record-events/": RECORD_EVENTS}.items():
        content = served[path]["post"]["requestBody"]["content"]["application/json"]
        assert set(content["examples"]) == set(examples), path
