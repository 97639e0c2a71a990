"""What may not be held together, as a question about sets of permissions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def clashes(
    roles: Iterable[str],
    *,
    table: Mapping[str, Sequence[str]],
    segregated: Iterable[tuple[str, str]],
) -> list[tuple[str, str]]:
    """The pairs of which somebody in all these roles would hold both."""
    held = {permission for role in roles for permission in table.get(role, ())}
    return [pair for pair in segregated if held.issuperset(pair)]
