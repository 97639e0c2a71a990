"""Whatever the served schema allows to be sent, the answer is never a fault of ours, and is declared."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import Group
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from backoffice.access.models import User
from backoffice.access.services import create_key
from backoffice.wsgi import application
from tests.sizes import SOAK

load_all_checks()


@pytest.fixture
def key(own_database: None) -> str:
    """Of somebody in every role, so that no operation is refused before its input is looked at."""
    user = User.objects.create_user("everybody", password="x")
    user.groups.set(Group.objects.all())
    return create_key(user=user, label="schema")[1]


schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)


@schema.parametrize()
@settings(
    max_examples=60 if SOAK else 4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_no_input_is_our_fault(case: Any, key: str) -> None:
    answer = case.call(headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code < 500, answer.text[:500]
    case.validate_response(answer, checks=[content_type_conformance, status_code_conformance])
