"""What our things are called in EnterpriseData: a UUID that is the same for the same thing, for ever."""

from __future__ import annotations

from uuid import UUID, uuid5

# Ours, chosen once: another value would make every thing another one in the bookkeeping.
NAMESPACE = UUID("6f1e0b0e-4a3c-5d52-9a77-2f3f5a0c9b41")


def reference_of(*named: str) -> str:
    """The reference of a thing by what names it, such as the entity, its kind and our own reference."""
    return str(uuid5(NAMESPACE, "\x1f".join(named)))
