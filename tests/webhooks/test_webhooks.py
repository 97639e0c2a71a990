"""Events told to another system: signed, in order, at least once, and never into our own network."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from backoffice.access.models import IdempotencyRecord, User
from backoffice.events.models import Event, SequencedEvent
from backoffice.events.services import NewEvent, record_events
from backoffice.seen import about_seen
from backoffice.webhooks import services
from backoffice.webhooks.delivering import claim_due, deliver_due, record
from backoffice.webhooks.models import Delivery, Progress, Webhook
from backoffice.webhooks.rules import LONGEST_WAIT, wait_after
from backoffice.webhooks.sending import Answer, is_public, post
from backoffice.webhooks.services import AddressUnfit
from backoffice.workflow.models import WorkItem
from refdata.models import Entity
from tests.flows.scoped import person as scoped_person
from tests.following import follow_events, number_events
from tests.instructing import person
from tests.pages.test_pages import browser

pytestmark = pytest.mark.usefixtures("own_database")


class Receiver:
    """A server that keeps what it is told, and answers with the statuses it was given, then 200."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.held = threading.Event()
        self.held.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.held.wait(10)
                receiver.requests.append((dict(self.headers), body))
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", receiver.url)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/events?from=us"

    @property
    def numbers(self) -> list[int]:
        """The numbers of all events that it was told, in the order in which they came."""
        return [e["number"] for _, body in self.requests for e in json.loads(body)["events"]]

    def stop(self) -> None:
        self.held.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.stop()


@pytest.fixture
def webhook(receiver: Receiver, own_database: None) -> Webhook:
    """Tells the receiver of tests, from the first such event on."""
    number_events()
    return made(receiver.url)


def made(url: str, by: str = "admin", **more: Any) -> Webhook:
    values: dict[str, Any] = {"kinds": ["test.happen"], "label": "", "after": None} | more
    return services.create_webhook(url=url, actor=person(by), at=timezone.now(), **values)


def happen(count: int = 1, **more: Any) -> list[int]:
    """So many events of tests; the numbers they got."""
    values: dict[str, Any] = {"kind": "test.happen", "subject_type": "test", "subject_id": 1} | more
    new = NewEvent(**values)
    record_events([new] * count, actor_id=None, at=timezone.now())
    number_events()
    rows = SequencedEvent.objects.filter(event__kind=new.kind).order_by("-number")
    return sorted(rows.values_list("number", flat=True)[:count])


def deliver(at: datetime | None = None) -> int:
    return deliver_due(
        clock=lambda: at or timezone.now(), seen=seen, seconds=0.01, chance=lambda: 0.0
    )


def seen(user: User) -> Any:
    return about_seen(user, prefix="event__")


class TestDeliver:
    def test_is_told_in_order_and_signed_so_that_a_few_lines_can_check(
        self, webhook: Webhook, receiver: Receiver
    ) -> None:
        numbers = happen(3)
        assert deliver() == 1

        ((headers, body),) = receiver.requests
        secret = services.secret_shown(webhook)
        signed = headers["Webhook-Timestamp"].encode() + b"." + body
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        assert headers["Webhook-Signature"] == f"v1={expected}"
        assert abs(int(headers["Webhook-Timestamp"]) - timezone.now().timestamp()) < 60
        told = json.loads(body)
        assert [event["number"] for event in told["events"]] == numbers
        assert told["next_after"] == SequencedEvent.objects.latest("number").number
        assert deliver() == 0

    def test_says_what_happened_to_what_and_never_who_or_why(
        self, webhook: Webhook, receiver: Receiver
    ) -> None:
        happen(reason="Anna Petrova called", facts={"phone": "+7 495 000-00-01"})
        deliver()
        ((_, body),) = receiver.requests
        assert set(json.loads(body)["events"][0]) == {
            "number", "kind", "subject", "recorded_at", "source", "target", "hash",
        }  # fmt: skip
        assert b"Anna" not in body
        assert b"495" not in body

    def test_tells_only_the_kinds_that_were_asked_for(
        self, webhook: Webhook, receiver: Receiver
    ) -> None:
        happen(kind="test.other")
        assert deliver() == 0
        wanted = happen()
        deliver(timezone.now() + timedelta(seconds=1))
        assert receiver.numbers == wanted

    def test_tells_only_what_its_owner_may_see(self, receiver: Receiver) -> None:
        owner = scoped_person("admin", entity="RUS")
        number_events()
        row = services.create_webhook(
            url=receiver.url, kinds=["test.happen"], label="", after=None, actor=owner,
            at=timezone.now(),
        )  # fmt: skip
        entities = dict(Entity.objects.values_list("code", "pk"))
        ours = happen(entity_id=entities["RUS"])
        happen(entity_id=entities["EUR"])
        happen(entity_id=None)
        deliver()
        assert receiver.numbers == ours

        User.objects.filter(pk=owner.pk).update(is_active=False)
        happen(entity_id=entities["RUS"])
        assert deliver(timezone.now() + timedelta(seconds=1)) == 0
        row.refresh_from_db()
        assert row.state == "DISABLED"


class TestTryAgain:
    def test_after_a_failure_everything_comes_in_order(
        self, webhook: Webhook, receiver: Receiver
    ) -> None:
        receiver.answers = [500, 302, 429]
        numbers = happen(2)
        at = timezone.now()
        for _ in range(3):
            deliver(at)
            assert deliver(at) == 0  # not before its time
            at = Progress.objects.get().next_attempt_at
        numbers += happen()
        deliver(at)

        assert receiver.numbers == [*numbers[:2] * 3, *numbers]
        attempts = list(Delivery.objects.order_by("pk").values_list("attempt", "status", "taken"))
        assert attempts == [(1, 500, False), (2, 302, False), (3, 429, False), (4, 200, True)]
        assert Progress.objects.get().failures == 0

    def test_waits_longer_each_time_but_never_much_more_than_an_hour(self) -> None:
        waits = [wait_after(n, 0.0) for n in range(1, 40)]
        assert waits == sorted(waits)
        assert waits[1] == 2 * waits[0]
        assert waits[-1] == LONGEST_WAIT
        assert wait_after(5, 1.0) == waits[4] * 1.5

    def test_nobody_there_is_a_failure_with_its_reason(self, receiver: Receiver) -> None:
        row = made(receiver.url)
        receiver.stop()
        happen()
        deliver()
        attempt = Delivery.objects.get(webhook=row)
        assert (attempt.status, attempt.taken) == (None, False)
        assert "Refused" in attempt.error

    def test_given_up_after_a_day_it_waits_for_an_administrator(
        self, webhook: Webhook, receiver: Receiver
    ) -> None:
        receiver.answers = [500] * 100
        happen()
        at = timezone.now()
        while Webhook.objects.get().state == "ACTIVE":
            deliver(at)
            at = Progress.objects.get().next_attempt_at
        assert timedelta(hours=24) <= at - timezone.now() <= timedelta(hours=27)
        assert 20 < len(receiver.requests) < 60
        follow_events()
        assert Event.objects.get(kind="webhook.disable").reason == "HTTP 500"
        item = WorkItem.objects.get(closed_at__isnull=True, subject_type="webhook")
        assert item.queue == "admin"

        receiver.answers = []
        services.resume_webhooks(ids=[webhook.pk], actor=person("admin"), at=at).raise_single()
        assert deliver(at) == 1
        follow_events()
        item.refresh_from_db()
        assert item.closed_at is not None

    def test_a_receiver_that_hangs_holds_up_nobody_else(
        self, webhook: Webhook, receiver: Receiver
    ) -> None:
        slow = Receiver()
        slow.held.clear()
        made(slow.url)
        happen()
        working = threading.Timer(1.5, slow.held.set)
        working.start()
        deliver()
        quick = Delivery.objects.get(webhook=webhook)
        hung = Delivery.objects.exclude(webhook=webhook).get()
        slow.stop()
        assert (quick.taken, hung.taken) == (True, True)
        assert quick.pk < hung.pk
        assert hung.took_ms > 1_000


class TestDieBetween:
    def test_what_was_sent_and_not_recorded_is_sent_again(
        self, webhook: Webhook, receiver: Receiver
    ) -> None:
        numbers = happen(2)
        at = timezone.now()
        (parcel,) = claim_due(at=at, seen=seen, most=5)
        post(webhook.url, parcel.body, parcel.headers(at), private=True)
        # Here the worker dies; another one finds it claimed, and takes it up when that is over.
        assert deliver(at) == 0
        assert deliver(at + timedelta(seconds=61)) == 1
        assert receiver.numbers == numbers * 2
        record(
            parcel, Answer(200), started_at=at, took_ms=1, at=at + timedelta(seconds=62), chance=0.0
        )
        assert Progress.objects.get().number >= numbers[-1]

    def test_replayed_while_it_is_on_its_way_it_is_told_again(
        self, webhook: Webhook, receiver: Receiver
    ) -> None:
        numbers = happen(2)
        at = timezone.now()
        (parcel,) = claim_due(at=at, seen=seen, most=5)
        services.replay_webhook(
            webhook_id=webhook.pk, after=numbers[0], actor=person("admin"), at=at
        )
        record(parcel, Answer(200), started_at=at, took_ms=1, at=at, chance=0.0)
        assert Progress.objects.get().number == numbers[0]
        deliver(at)
        assert receiver.numbers == numbers[1:]


class TestSecret:
    def test_a_new_one_signs_beside_the_old_one_for_a_day(
        self, webhook: Webhook, receiver: Receiver
    ) -> None:
        old = services.secret_shown(webhook)
        at = timezone.now()
        row = services.rotate_secret(webhook_id=webhook.pk, actor=person("admin"), at=at)
        new = services.secret_shown(row)
        happen()
        deliver(at)
        happen()
        deliver(at + timedelta(hours=25))
        for (headers, body), secrets in zip(receiver.requests, ([new, old], [new]), strict=True):
            signed = headers["Webhook-Timestamp"].encode() + b"." + body
            expected = [hmac.new(s.encode(), signed, hashlib.sha256).hexdigest() for s in secrets]
            assert headers["Webhook-Signature"] == ",".join(f"v1={each}" for each in expected)


class TestStayOutside:
    @pytest.mark.parametrize(
        ("address", "public"),
        [
            ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("127.0.0.1", False),
            ("10.1.2.3", False), ("169.254.169.254", False), ("::1", False), ("fe80::1%eth0", False),
            ("::ffff:127.0.0.1", False), ("64:ff9b::a00:1", False), ("2002:7f00:1::", False),
            ("224.0.0.1", False), ("240.0.0.1", False), ("100.64.0.1", False),
        ],
    )  # fmt: skip
    def test_knows_which_addresses_are_of_the_open_internet(
        self, address: str, public: bool
    ) -> None:
        assert is_public(address) == public

    def test_sends_nothing_into_our_own_network_outside_the_demonstration(
        self, receiver: Receiver
    ) -> None:
        url = receiver.url.replace("127.0.0.1", "localhost")
        answer = post(url, b"{}", {}, private=False)
        assert (answer.status, receiver.requests) == (None, [])
        assert "open internet" in answer.error

    @pytest.mark.parametrize(
        "url",
        ["http://example.com/", "https://127.0.0.1/", "https://localhost/", "https://u:p@example.com/",
         "https://example.com/#x", "ftp://example.com", "https://example.com:99999/", "https://", "x"],
    )  # fmt: skip
    def test_refuses_addresses_that_are_unfit(self, url: str) -> None:
        before, settings.DEMONSTRATION = settings.DEMONSTRATION, False
        try:
            with pytest.raises(AddressUnfit):
                made(url)
        finally:
            settings.DEMONSTRATION = before


class TestRest:
    def test_the_secret_is_shown_once_and_stored_nowhere(self, api: Callable[..., Any]) -> None:
        body = {"url": "https://example.com/hook", "kinds": ["deal.capture"]}
        answer = api("admin").post("/webhooks/", body, key="once")
        assert answer.status_code == 201
        again = api("admin").post("/webhooks/", body, key="once")
        assert again.json() == answer.json()
        secret, reference = answer.json()["secret"], answer.json()["reference"]
        assert secret.startswith("whsec_")
        assert secret not in IdempotencyRecord.objects.get(key="once").body
        shown = api("auditor").get(f"/webhooks/{reference}/")
        assert "secret" not in shown.json()
        assert shown.headers["ETag"] == '"1-ACTIVE"'

        turned = api("admin").post(f"/webhooks/{reference}/rotate/").json()
        assert turned["secret"] != secret
        assert api("admin").post(f"/webhooks/{reference}/pause/").json()["status"] == "PAUSED"
        replayed = api("admin").post(f"/webhooks/{reference}/replay/", {"after": 0})
        assert replayed.json()["delivered_until"] == 0
        assert api("admin").get(f"/webhooks/{reference}/deliveries/").json()["results"] == []
        assert api("admin").delete(f"/webhooks/{reference}/").status_code == 204
        assert api("admin").delete(f"/webhooks/{reference}/").status_code == 204
        ended = api("admin").post(f"/webhooks/{reference}/replay/", {"after": 0})
        assert (ended.status_code, ended.json()["code"]) == (409, "webhook-ended")

    def test_with_if_match_only_what_the_caller_saw(self, api: Callable[..., Any]) -> None:
        admin = api("admin")
        row = made("https://example.com/hook")
        seen = admin.get(f"/webhooks/{row}/").headers["ETag"]
        turned = admin.post(f"/webhooks/{row}/rotate/", if_match=seen)
        assert (turned.status_code, turned.headers["ETag"]) == (200, '"2-ACTIVE"')
        for ask in (
            lambda: admin.post(f"/webhooks/{row}/rotate/", if_match=seen),
            lambda: admin.post(f"/webhooks/{row}/replay/", {"after": 0}, if_match=seen),
            lambda: admin.delete(f"/webhooks/{row}/", if_match=seen),
        ):
            stale = ask()
            assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
        row.refresh_from_db()
        assert (row.secret_number, row.state) == (2, "ACTIVE")
        now = turned.headers["ETag"]
        assert admin.post(f"/webhooks/{row}/replay/", {"after": 0}, if_match=now).status_code == 200
        assert admin.delete(f"/webhooks/{row}/", if_match=now).status_code == 204

    def test_the_feed_can_be_asked_for_some_kinds(self, api: Callable[..., Any]) -> None:
        numbers = happen(2)
        happen(kind="test.other")
        found = api("auditor").get("/events/", kinds="test.happen,test.none", page_size=1).json()
        assert [row["number"] for row in found["results"]] == numbers[:1]
        rest = api("auditor").get("/events/", kinds="test.happen", after=found["next_after"]).json()
        assert [row["number"] for row in rest["results"]] == numbers[1:]


class TestPages:
    def test_made_looked_at_replayed_and_ended(self, receiver: Receiver) -> None:
        number_events()
        admin = browser("admin", "ru")
        made_page = admin.post("/webhooks/new/", {"url": receiver.url, "kinds": "test.happen"})
        assert (made_page.status_code, "whsec_" in made_page.content.decode()) == (201, True)
        row = Webhook.objects.get()
        (number,) = happen()
        deliver()
        page = admin.get(f"/webhooks/{row}/").content.decode()
        assert f"{number}–{number}" in page
        assert "whsec_" not in page
        admin.post(f"/webhooks/{row}/replay/", {"after": number - 1})
        deliver(timezone.now() + timedelta(seconds=1))
        assert receiver.numbers == [number, number]
        assert "whsec_" in admin.post(f"/webhooks/{row}/rotate/").content.decode()
        admin.post(f"/webhooks/{row}/end/", {"reason": "over"})
        row.refresh_from_db()
        assert row.state == "ENDED"
        wrong = admin.post("/webhooks/new/", {"url": "no address"})
        assert (wrong.status_code, "no address" in wrong.content.decode()) == (422, True)
        assert browser("clerk").get("/webhooks/").status_code == 403
