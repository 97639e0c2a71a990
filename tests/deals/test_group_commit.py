"""What a group of callers may rely on: batches, one leader, answers only after what a batch waits for."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from deals.capturing.group_commit import Group

PATIENCE = 10.0


def begun(work: object, *args: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=args, daemon=True)  # type: ignore[arg-type]
    thread.start()
    return thread


def test_what_comes_while_one_leads_is_the_next_batch() -> None:
    batches: list[Sequence[int]] = []
    may_go, running = threading.Event(), threading.Event()

    def run(rows: Sequence[int]) -> Sequence[int]:
        batches.append(list(rows))
        running.set()
        assert may_go.wait(PATIENCE)
        return [row * 2 for row in rows]

    group: Group[int, int] = Group(run)
    found: dict[int, int] = {}
    threads = [begun(lambda: found.update({1: group.submit(1)}))]
    assert running.wait(PATIENCE)
    threads += [begun(lambda n=n: found.update({n: group.submit(n)})) for n in (2, 3, 4)]
    while len(group.queue) < 3:
        pass
    may_go.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert found == {1: 2, 2: 4, 3: 6, 4: 8}
    assert [sorted(batch) for batch in batches] == [[1], [2, 3, 4]]


def test_nobody_is_answered_before_the_disk_and_others_go_on_meanwhile() -> None:
    order: list[str] = []
    on_disk = {1: threading.Event(), 2: threading.Event()}
    waiting = threading.local()
    waits = {1: threading.Event(), 2: threading.Event()}

    def run(rows: Sequence[int]) -> Sequence[int]:
        (waiting.row,) = rows
        order.append(f"run {waiting.row}")
        return rows

    def then() -> None:
        waits[waiting.row].set()
        assert on_disk[waiting.row].wait(PATIENCE)

    group: Group[int, int] = Group(run, then=then)
    first = begun(lambda: order.append(f"answer {group.submit(1)}"))
    assert waits[1].wait(PATIENCE)
    second = begun(lambda: order.append(f"answer {group.submit(2)}"))
    assert waits[2].wait(PATIENCE)  # the second ran while the first still waits
    on_disk[2].set()
    second.join(PATIENCE)
    on_disk[1].set()
    first.join(PATIENCE)
    assert order == ["run 1", "run 2", "answer 2", "answer 1"]


def test_what_cannot_be_waited_for_is_answered_with_its_error() -> None:
    def then() -> None:
        raise ConnectionError("the server went away")

    group: Group[int, int] = Group(lambda rows: rows, then=then)
    with pytest.raises(ConnectionError):
        group.submit(1)
