"""The users of the demonstration, as the README and the start of `make run` print them; its places."""

from __future__ import annotations

MESSAGING_PLACE = "NSD"  # the outside place that answers by itself; at the other people do

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
