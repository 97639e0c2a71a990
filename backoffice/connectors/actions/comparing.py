"""What an announcement says otherwise than the event that is known: member by member, as it was and is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from backoffice.kernel.decimals import plain

# In the order in which people read them.
MEMBERS = (
    "action", "participation", "ex_date", "record_date", "payment_date", "rate", "money_asset_id", "outturn_id", "new",
    "old", "fractions", "elect_from", "deadline_at",
)  # fmt: skip
# Each place has its own deadline and pays on its own day: another's do not change what is known.
OF_THE_PLACE = ("payment_date", "deadline_at", "elect_from")
NAMES = {"money_asset_id": "currency", "outturn_id": "outturn"}
OPTION_MEMBERS = (
    "kind",
    "is_default",
    "takes",
    "rate",
    "money_asset_id",
    "outturn_id",
    "new",
    "old",
    "price",
)


def changes_of(
    was: Mapping[str, Any], now: Mapping[str, Any], *, options: tuple[Sequence[Any], Sequence[Any]],
    own_word: bool, codes: Mapping[int, str],
) -> list[dict[str, str]]:  # fmt: skip
    """Each member that differs, with what it was and is; `own_word`: the place told of the event first.

    `options` are those that stand and those that are told; `codes` name assets.
    """

    def spelt(name: str, value: Any) -> str:
        if value is None:
            return ""
        if name.endswith("_id"):
            return codes.get(value, str(value))
        if isinstance(value, Decimal):
            return plain(value)
        if isinstance(value, datetime):
            return value.isoformat()
        return str(value)

    found = []
    for name in MEMBERS:
        if name in OF_THE_PLACE and not own_word:
            continue
        if was.get(name) != now.get(name):
            found.append({
                "what": NAMES.get(name, name), "was": spelt(name, was.get(name)), "now": spelt(name, now.get(name)),
            })  # fmt: skip
    before, after = ({each["number"]: each for each in some} for some in options)
    for number in sorted(before.keys() | after.keys()):
        for name in OPTION_MEMBERS:
            was_, now_ = (spelt(name, some.get(number, {}).get(name)) for some in (before, after))
            if was_ != now_:
                what = f"option {number} {NAMES.get(name, name)}"
                found.append({"what": what, "was": was_, "now": now_})
    return found
