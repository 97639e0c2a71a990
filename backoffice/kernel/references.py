"""References that people and programs see (`D-12`): a prefix and the row's number, never stored."""

from __future__ import annotations

from backoffice.kernel.errors import NotFound

MOST_DIGITS = 18  # what a bigint surely holds


def number_in(reference: str, prefix: str, what: str) -> int:
    """The number inside a reference such as `D-12`. Raises NotFound for anything else."""
    number = reference.removeprefix(f"{prefix}-")
    is_number = number.isascii() and number.isdigit() and len(number) <= MOST_DIGITS
    if number == reference or not is_number:
        raise NotFound(what=what, reference=reference)
    return int(number)
