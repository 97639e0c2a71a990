"""The users of the demonstration, as the README and the start of `make run` print them; the market it deals with."""

from __future__ import annotations

# The clock of the played market, and when it ends its day: shortly before the firm does.
MARKET_ZONE, MARKET_CUT_OFF = "Europe/Moscow", "18:50"
MARKET_CYCLE_SECONDS = 30
# What goes wrong there: the second of every twelve instructions is matched late, and so on.
MISTAKES = (
    "late-match=2/12,wrong-ssi=5/12,cent=8/12,partial=9/12,paid-a-cent-less=2/5,untold-fee=1/5,"
    "malformed=1/9,duplicate-file=2/9"
)

USERS = {
    "dealer": "captures deals",
    "clerk": "confirms deals, prepares settlements",
    "checker": "senior clerk: approves and releases",
    "risk": "limits",
    "accountant": "books",
    "manager": "overview and reports",
    "auditor": "reads everything, changes nothing",
    "admin": "users, keys, reference data",
}


def password_of(username: str) -> str:
    return f"{username}-demo"


def table() -> str:
    """The table that is printed when the demonstration is ready."""
    lines = [f"  {'user':<12}{'password':<18}what for"]
    lines += [f"  {name:<12}{password_of(name):<18}{what}" for name, what in USERS.items()]
    return "\n".join(lines)
