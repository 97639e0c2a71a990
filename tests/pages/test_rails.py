"""Every page has its entry of the rail marked, whatever its own address is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLResolver, get_resolver, reverse

from backoffice.desk.rails import RAIL, UNDER, _here

# Of no entry: what stands on every page, what is no page, and signing in.
NOWHERE = (
    "/health/", "/i18n/", "/find/", "/search/", "/theme/", "/bulk/", "/lists/", "/login/", "/logout/", "/my/",
    "/night-steps/", "/open-points/", "/api/", "/admin/", "/static/",
)  # fmt: skip


def addresses(patterns: Any = None, before: str = "/") -> Iterator[str]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        here = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, here)
        else:
            yield here.split("<")[0]


def test_every_page_is_under_an_entry_of_the_rail() -> None:
    entries = [reverse(name) for _title, name, _permission, _gap in RAIL]
    lost = {
        path for path in addresses() if not path.startswith(NOWHERE) and not _here(path, entries)
    }
    assert lost == set()


@pytest.mark.parametrize(("path", "name"), UNDER.items())
def test_what_stands_apart_is_there_and_leads_to_an_entry(path: str, name: str) -> None:
    assert any(each.startswith(path) for each in addresses())
    assert _here(f"{path}X-1/", []) == reverse(name)
    assert name in {entry for _title, entry, _permission, _gap in RAIL}
