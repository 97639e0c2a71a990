"""The mark of a possible duplicate, in the formats that have one: else the same bytes leave once more. Pure."""

from __future__ import annotations

import json

TRAILER = b"{5:{PDE:}}"  # of the network: possible duplicate emission
HEADER_END = b"</CreDt>"  # of head.001; PssblDplct follows what we write of it


def possibly_again(content: bytes, format: str) -> bytes:
    """What leaves when a person lets a message leave once more."""
    if format.startswith("MT") and content.startswith(b"{1:"):
        return content + TRAILER
    if format.startswith("sese."):
        marked = HEADER_END + b"<PssblDplct>true</PssblDplct>"
        return content.replace(HEADER_END, marked, 1)
    if format == "JSON":
        told = json.loads(content) | {"possible_duplicate": True}
        return json.dumps(told, ensure_ascii=False).encode() + b"\n"
    return content
