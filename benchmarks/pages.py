"""`pages`: eight people click through lists and things, against the same clicks on the lightest page."""

from __future__ import annotations

import random
import threading
import time
from http.client import HTTPConnection
from typing import Any

from django.test import Client
from django.utils import timezone

from benchmarks.grow import grow
from benchmarks.measure import Result, measured, peak_rss_mb_of
from benchmarks.requests import free_port
from benchmarks.stage import BASE, copy_of, one, use, web

USERS = 8
CLICKS = 40  # of each user in a round
PAUSE_SECONDS = (0.2, 0.6)  # a quick person
LIGHTEST = "/search/?q="
PAGES = (
    "/", "/deals/", "/deals/?status=CAPTURED", "/deals/?status=CANCELLED",
    "/deals/?instrument=RU0009029540", "/deals/?counterparty=999900DEMOBANKTWO0094",
    "/deals/?trade_date_after=2026-11-24", "/deals/D-1/", "/deals/D-1/?tab=limits", "/settlements/",
    "/settlements/?status=FAILED", "/settlements/S-1/", "/inbound/", "/limits/", "/ledger/",
    "/ledger/entries/", "/positions/", "/events/", "/work/", "/search/?q=sber", "/search/?q=D-1",
)  # fmt: skip


def run(sizes: tuple[int, ...]) -> list[Result]:
    return [_measure(size) for size in sizes]


def prepare(size: int) -> str:
    """The day of the demonstration, and one of its deals `size` times over."""
    from backoffice.access.models import User
    from backoffice.demonstration import USERS as NAMES
    from backoffice.demonstration.day import load_day

    name = copy_of(BASE, f"bench_pages_{size}")
    use(name)
    load_day({n: User.objects.get(username=n) for n in NAMES}, at=timezone.now())
    grow(size, start=10_000)
    assert one("SELECT count(*) FROM deals_deal") >= size
    return name


def _measure(size: int) -> Result:
    name, port = prepare(size), free_port()
    cookies = [signed_in() for _ in range(USERS)]
    with web(name, port) as process:
        clicked(port, cookies, PAGES)  # what processes and caches remember is there
        return measured(
            name="pages", size=size, unit="ms p95", reference_name=f"the same clicks on {LIGHTEST}",
            reference=lambda: clicked(port, cookies, (LIGHTEST,)),
            ours=lambda: clicked(port, cookies, PAGES),
            peak_rss_mb=lambda: peak_rss_mb_of(process.pid),
        )  # fmt: skip


def signed_in() -> str:
    """The cookie of a session of its own, of somebody who may open every page."""
    from backoffice.access.models import User

    client = Client()
    client.force_login(User.objects.get(username="checker"))
    return f"sessionid={client.cookies['sessionid'].value}"


def clicked(port: int, cookies: list[str], pages: tuple[str, ...]) -> float:
    """The 95th percentile of what a click took, in milliseconds."""
    took: list[float] = []
    wrong: list[Any] = []

    def click(cookie: str, chance: random.Random) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        for _ in range(CLICKS):
            time.sleep(chance.uniform(*PAUSE_SECONDS))
            page = chance.choice(pages)
            started = time.perf_counter()
            connection.request("GET", page, headers={"Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            took.append(time.perf_counter() - started)
            if answer.status != 200:
                wrong.append((page, answer.status))
        connection.close()

    people = [
        threading.Thread(target=click, args=(cookie, random.Random(number)))
        for number, cookie in enumerate(cookies)
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert not wrong, wrong[:5]
    return sorted(took)[int(len(took) * 0.95)] * 1000
