"""How a ratio is measured: reference, ours, reference; medians of rounds whose references agree."""

from __future__ import annotations

import math
import platform
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROUNDS, MOST_ROUNDS = 5, 15
AGREE = 1.25  # the two references of a round may differ by this factor


@dataclass
class Round:
    """Rates of one round: the reference before, ours, the reference after."""

    before: float
    ours: float
    after: float

    @property
    def agrees(self) -> bool:
        return max(self.before, self.after) <= AGREE * min(self.before, self.after)

    @property
    def reference(self) -> float:
        return (self.before + self.after) / 2


@dataclass
class Result:
    """One line of the table. `ratio` is ours to the reference, of rates or of seconds."""

    name: str
    size: int
    unit: str
    reference_name: str
    rounds: list[Round]
    peak_rss_mb: int
    noisy: bool = False
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def ours(self) -> float:
        return statistics.median(r.ours for r in self.rounds)

    @property
    def reference(self) -> float:
        return statistics.median(r.reference for r in self.rounds)

    @property
    def ratio(self) -> float:
        return statistics.median(r.ours / r.reference for r in self.rounds)

    def document(self) -> dict[str, Any]:
        spread = [round(r.ours / r.reference, 3) for r in self.rounds]
        return {
            "name": self.name, "size": self.size, "ours": round(self.ours, 2), "unit": self.unit,
            "reference": self.reference_name, "reference_value": round(self.reference, 2),
            "ratio": round(self.ratio, 3), "peak_rss_mb": self.peak_rss_mb,
            "rounds": len(self.rounds), "noisy": self.noisy, "spread": [min(spread), max(spread)],
            **self.more,
        }  # fmt: skip


def measured(
    *,
    name: str,
    size: int,
    unit: str,
    reference_name: str,
    reference: Callable[[], float],
    ours: Callable[[], float],
    rounds: int = ROUNDS,
    peak_rss_mb: Callable[[], int] | None = None,
) -> Result:
    """Rounds until enough agree, at most MOST_ROUNDS; fewer than enough is reported as noisy."""
    good: list[Round] = []
    dropped: list[Round] = []
    while len(good) < rounds and len(good) + len(dropped) < 3 * rounds:
        one = Round(reference(), ours(), reference())
        (good if one.agrees else dropped).append(one)
    peak = (peak_rss_mb or own_peak_rss_mb)()
    kept = good if len(good) >= rounds else good + dropped
    return Result(name, size, unit, reference_name, kept, peak, noisy=len(good) < rounds)


def own_peak_rss_mb() -> int:
    """Of this process alone: what `getrusage` tells of one that was just started is its parent's."""
    return own_kilobytes("VmHWM") // 1024


def own_kilobytes(name: str) -> int:
    """What the kernel says of this process: `VmRSS` now, `VmHWM` at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def peak_rss_mb_of(pid: int) -> int:
    """The largest memory of a process and its children, as the kernel remembers it."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(
                line.split(":", 1) for line in path.read_text().splitlines() if ":" in line
            )
        except OSError:
            continue
        if pid in (int(lines["Pid"]), int(lines["PPid"])) and "VmHWM" in lines:
            total += int(lines["VmHWM"].split()[0])
    return total // 1024


def exponent(small: Result, large: Result) -> float:
    """How seconds grow with the size: 1.0 is in proportion."""
    seconds = [r.size / r.ours if r.unit.endswith("/s") else r.ours for r in (small, large)]
    return math.log(seconds[1] / seconds[0]) / math.log(large.size / small.size)


def machine() -> dict[str, Any]:
    cpu = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), platform.processor(),
    )  # fmt: skip
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024
    return {
        "cpu": cpu, "cores": len(list(Path("/sys/devices/system/cpu").glob("cpu[0-9]*"))),
        "memory_mb": memory, "python": platform.python_version(), "system": platform.system(),
    }  # fmt: skip
