"""`python -m benchmarks --only NAME --size small|full`: a table, and benchmarks/results.json."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

from backoffice.servers import start_servers

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", default="", help="a name, or the beginning of one")
    parser.add_argument("--size", default="", choices=["", "small", "full"])
    chosen = parser.parse_args()
    servers = start_servers(ROOT / "var" / "bench", fsync=True)
    os.environ |= {
        "DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url,
        "VAR_DIR": str(servers.var_dir), "DEPLOYMENT": "demonstration", "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
    }  # fmt: skip
    try:
        run_all(only=chosen.only, small=chosen.size == "small")
    finally:
        servers.stop()


def run_all(*, only: str, small: bool) -> None:
    import django

    django.setup()
    from backoffice.collector import spare_the_collector
    from benchmarks import (
        books,
        bulk,
        confirm,
        deliver,
        forecast,
        imports,
        lots,
        night,
        optimise,
        pages,
        reconcile,
        report,
        reserve,
        runs,
        seal,
        single,
        stage,
        work_order,
    )
    from benchmarks import chosen as chosen_run
    from benchmarks.measure import Result, exponent, machine

    known: dict[str, tuple[Callable[[tuple[int, ...]], list[Result]], tuple[int, ...]]] = {
        "intake.single": (single.run, (200, 2_000)),
        "intake.bulk": (bulk.run, (1_000, 10_000) if small else (10_000, 100_000)),
        "intake.bulk.100": (lambda sizes: bulk.run(sizes, calls_of=100), (1_000, 10_000)),
        "import": (imports.run, (1_000, 10_000) if small else (10_000, 100_000)),
        "confirm.match": (confirm.run, (1_000, 10_000) if small else (10_000, 100_000)),
        "limits.reserve": (reserve.run, (100, 1_000)),
        "ledger.post": (books.run_post, (1_000, 10_000) if small else (10_000, 100_000)),
        "ledger.balance": (
            books.run_balance,
            (100_000, 1_000_000) if small else (1_000_000, 10_000_000),
        ),
        "lots": (lots.run, (10_000, 100_000) if small else (100_000, 1_000_000)),
        "settle.optimise": (
            optimise.run,
            (1_000, 5_000) if small else (1_000, 5_000, 20_000, 100_000),
        ),
        "settle.optimise.rich": (optimise.run_rich, (1_000, 5_000) if small else (1_000, 20_000)),
        "settle.explain": (optimise.run_explained, (1_000, 5_000) if small else (5_000, 20_000)),
        "settle.run": (runs.run, (500, 5_000) if small else (10_000, 100_000)),
        "settle.run.chosen": (
            chosen_run.run,
            (1_000, 5_000) if small else (1_000, 5_000, 20_000, 100_000),
        ),
        "reconcile": (reconcile.run, (1_000, 10_000) if small else (10_000, 100_000)),
        "pages": (pages.run, (10_000, 100_000) if small else (100_000, 1_000_000)),
        "night.report": (report.run, deals_of_nights(small=small)),
        "night.pack": (night.run, deals_of_nights(small=small)),
        "work.order": (work_order.run, (2, 4) if small else (4, 8)),
        "events.seal": (seal.run, (1_000, 10_000) if small else (10_000, 100_000)),
        "events.deliver": (deliver.run, (1_000, 10_000) if small else (10_000, 100_000)),
        "work.forecast": (forecast.run, (20,) if small else (60,)),
    }
    chosen = {name: each for name, each in known.items() if name.startswith(only)}
    if not chosen:
        raise SystemExit(f"no benchmark begins with {only!r}; there are: {', '.join(known)}")
    spare_the_collector()  # what is measured here runs in processes that do so when they start
    stage.make_base()
    results: list[Result] = []
    for run, sizes in chosen.values():
        found = run(sizes)
        for small_one, large_one in zip(found[::2], found[1::2], strict=True):
            if small_one.size == large_one.size:
                continue  # errors, not seconds
            large_one.more["exponent"] = round(exponent(small_one, large_one), 2)
        for result in found:
            show(result.document())
        results += found
    document = {"machine": machine(), "results": [result.document() for result in results]}
    (ROOT / "benchmarks" / "results.json").write_text(json.dumps(document, indent=1) + "\n")


def deals_of_nights(*, small: bool) -> tuple[int, ...]:
    """Two sizes; `BENCH_DEALS=1000000,5000000` names others."""
    if asked := os.environ.get("BENCH_DEALS"):
        return tuple(int(each) for each in asked.split(","))
    return (10_000, 100_000) if small else (100_000, 1_000_000)


def show(row: dict[str, object]) -> None:
    more = " ".join(
        f"{name}={row[name]}"
        for name in (
            "connections",
            "p99_ms",
            "of_l7",
            "decided",
            "planted",
            "seed",
            "market",
            "better",
            "of_level",
            "within",
            "value",
            "fifo",
            "bound",
            "of_lp",
            "gap",
            "proof_s",
            "sample",
            "least",
            "found",
            "never",
            "undecided",
            "decided_s",
            "planned_s",
            "posted_s",
            "settled",
            "matched",
            "of_certain",
            "wrong",
            "to_people",
            "pointed_s",
            "of_bare",
            "of_alone",
            "of_copy",
            "of_two_copies",
            "fifo_settled",
            "lp_s",
            "cpu_s",
            "by_cpu",
            "of_versions",
            "of_versions_by_cpu",
            "shards",
            "all_ms",
            "plain_all_ms",
            "exponent",
            "noisy",
            "spread",
            "of_all",
            "of_fifo",
            "lower_by_tenth",
            "oldest",
            "oldest_of_edf",
            "too_old",
            "peak_rss_mb",
        )
        if row.get(name) not in (None, False)
    )
    print(
        f"{row['name']:<16} {row['size']:>8} {row['ours']:>12} {row['unit']:<15} "
        f"ratio {row['ratio']:<7} of {row['reference_value']} ({row['reference']}) {more}",
        flush=True,
    )


if __name__ == "__main__":
    main()
