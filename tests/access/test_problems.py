"""A refusal as its reader sees it: in their language, with what the firm itself named in it too."""

from __future__ import annotations

import json

import pytest
from django.utils import translation

from backoffice.access.problems import problem_of
from backoffice.workflow.processes.deciding import AnotherStepFirst
from backoffice.workflow.processes.definition import Words


@pytest.mark.parametrize(("language", "name"), [("en", "Second look"), ("ru", "Второй просмотр")])
def test_what_a_firm_named_in_two_languages_is_told_in_the_reader_s(
    language: str, name: str
) -> None:
    refusal = AnotherStepFirst(
        subject="D-1", step=Words(en="Second look", ru="Второй просмотр"), role="checker"
    )
    with translation.override(language):
        document = json.loads(json.dumps(problem_of(refusal, "/")))
    assert (document["step"], name in document["detail"]) == (name, True)
    assert str(refusal) == "another-step-first: D-1 waits for “Second look” by checker."
