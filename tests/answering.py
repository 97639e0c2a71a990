"""A place without a channel, which answers at once whatever it is asked in lines of JSON; it has no books."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from backoffice.connectors.tasks import exchange_folder


def answer_all(*, withholds: bool = False, denies: bool = False, part: int = 0) -> None:
    """Answer every file that lies there.

    `withholds`: it acknowledges and never settles; `denies`: it never agrees to cancel; `part`: it settles so many
    percent first, or with the first of these only that.
    """
    folder = exchange_folder()
    for name in ("in", "answered"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).isoformat()
    for path in sorted((folder / "out").glob("*.jsonl")):
        lines = []
        for asked in path.read_text("utf-8").splitlines():
            message = json.loads(asked)
            for number, told in enumerate(_told(message, withholds, denies, part)):
                said = f"{path.stem}:{message['reference']}:{number}"
                line = {"reference": message["reference"], "at": at, "message": said, **told}
                lines.append(json.dumps(line))
        (folder / "in" / f"answer-{path.name}").write_text("".join(f"{each}\n" for each in lines))
        path.replace(folder / "answered" / path.name)


def _told(
    message: dict[str, Any], withholds: bool, denies: bool, part: int
) -> Iterator[dict[str, str]]:
    if message["function"] == "CANC":
        yield {"event": "cancel_denied" if denies else "cancelled"}
        return
    yield {"event": "acknowledged"}
    yield {"event": "matched"}
    settles = int(Decimal(message["quantity"]) * part / 100)
    if settles:
        reason = "LACK" if message["delivers"] else "CLAC"
        yield {"event": "settled", "quantity": str(settles), "reason": reason}
    if not withholds:
        yield {"event": "settled"}
