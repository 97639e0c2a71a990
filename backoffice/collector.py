"""How a process that stays up lives with Python's cycle collector."""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 20_000, 20, 50


def spare_the_collector() -> None:
    """What is loaded stays, so the cycle collector need not look at it; and it looks less often at the rest.

    Nearly all that a request or a batch makes is freed by counting references. At the interpreter's own pace,
    every 700 objects, the collector took a third of the time of a chunk of deals and a sixteenth of a run.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
