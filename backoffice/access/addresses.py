"""Where a request comes from, also behind the proxies that end TLS. Pure.

Each proxy adds the address it saw at the right end of X-Forwarded-For; what stands further left than
our own proxies was written by the sender and is worth nothing.
"""

from __future__ import annotations


def address_of(peer: str, forwarded: str, proxies: int) -> str:
    """The sender's address: the peer, or what the outermost of our proxies saw."""
    seen = [each.strip() for each in forwarded.split(",") if each.strip()] if proxies else []
    return seen[-proxies] if len(seen) >= proxies > 0 else peer
