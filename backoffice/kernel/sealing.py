"""The chain that makes the order of events tamper-evident. Pure: the offline verifier uses it too.

h0 is 64 zeros; h_i = SHA-256, in hex, of h_(i-1) followed by the canonical JSON of event i:
sorted keys, separators `,` and `:`, UTF-8 (rules, section 14).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

SEED = "0" * 64

_encode = msgspec.json.Encoder(order="sorted").encode


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one spelling of an event that is hashed, whatever the database's or session's habits."""
    return _encode(content)


def chain(previous: str, contents: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The hash of each content, continuing from the hash before the first."""
    for content in contents:
        previous = hashlib.sha256(previous.encode() + canonical(content)).hexdigest()
        yield previous
