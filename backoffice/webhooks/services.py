"""Everything that people can do to webhooks: made, paused, resumed, ended, replayed, and given a new secret."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.webhooks.models import Progress, Webhook
from backoffice.webhooks.rules import OVERLAP, secret_of
from backoffice.webhooks.sending import is_public
from backoffice.webhooks.state import WebhookState
from backoffice.workflow.transitions import Outcome, Step, advance

MOST_OF_OWNER = 20


class AddressUnfit(Invalid):
    code = "webhook-address-unfit"
    title = gettext_noop("Nothing is told to that address")
    detail = gettext_noop("%(url)s cannot be used: %(why)s.")
    hint = gettext_noop(
        "Give an https address of the open internet, without a name or a password in it."
    )


class TooManyWebhooks(Conflict):
    code = "too-many-webhooks"
    title = gettext_noop("There are too many webhooks")
    detail = gettext_noop("%(username)s has %(most)s that are not ended.")
    hint = gettext_noop("End one that nobody needs.")


class WebhookEnded(Conflict):
    code = "webhook-ended"
    title = gettext_noop("The webhook has ended")
    detail = gettext_noop("%(webhook)s tells nothing any more.")
    hint = gettext_noop("Make another one.")


def require_fit(url: str) -> None:
    """Raises AddressUnfit. A name is resolved when something is sent, and looked at then."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError as error:
        raise AddressUnfit(url=url[:200], why=str(error)) from None
    schemes = ("https", "http") if settings.DEMONSTRATION else ("https",)
    if parts.scheme not in schemes:
        raise AddressUnfit(url=url[:200], why="it is not https")
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressUnfit(url=url[:200], why="it has no host, or more than host and path")
    if not url.isascii() or not url.isprintable() or " " in url or not 0 < port < 65_536:
        raise AddressUnfit(url=url[:200], why="a character does not belong there")
    if not settings.DEMONSTRATION and not _may_be_public(host):
        raise AddressUnfit(url=url[:200], why="it is in our own network")


def _may_be_public(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:  # a name
        return "." in host.strip(".") and not host.endswith((".localhost", ".local", ".internal"))


_LAST = "SELECT coalesce(max(number), 0) FROM events_sequence"


@transaction.atomic
def create_webhook(
    *, url: str, kinds: Sequence[str], label: str, after: int | None, actor: User, at: datetime
) -> Webhook:
    """Tell events to an address from now on, or from those after a number. The actor is its owner.

    Raises AddressUnfit, TooManyWebhooks.
    """
    require_fit(url)
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    live = Webhook.objects.filter(owner=actor).exclude(state=WebhookState.ENDED)
    if live.count() >= MOST_OF_OWNER:
        raise TooManyWebhooks(username=actor.username, most=MOST_OF_OWNER)
    if after is None:
        with connection.cursor() as cursor:
            cursor.execute(_LAST)
            (after,) = cursor.fetchone()
    row = Webhook.objects.create(
        owner=actor, url=url, kinds=sorted(set(kinds)), label=label, salt=secrets.token_hex(16),
        created_at=at,
    )  # fmt: skip
    Progress.objects.create(webhook=row, number=after, next_attempt_at=at)
    facts = {"host": urlsplit(url).hostname, "kinds": row.kinds, "after": after}
    _tell("create", row, actor, at, facts, WebhookState.ACTIVE)
    return row


def secret_shown(row: Webhook) -> str:
    """The secret as its owner is shown it; derived, and stored nowhere."""
    return secret_of(
        settings.SECRET_KEY, webhook_id=row.pk, salt=row.salt, number=row.secret_number
    )


@transaction.atomic
def pause_webhooks(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Tell nothing for a while; what happens meanwhile is told when it is resumed."""
    return advance(Webhook, "pause", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def resume_webhooks(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Go on with the first event that was not taken, at once."""
    outcome = advance(Webhook, "resume", [Step(id) for id in ids], actor=actor, at=at)
    Progress.objects.filter(webhook_id__in=outcome.done).update(
        failures=0, failing_since=None, next_attempt_at=at
    )
    return outcome


@transaction.atomic
def end_webhooks(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Tell nothing any more. What was delivered stays on record."""
    return advance(Webhook, "end", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def rotate_secret(*, webhook_id: int, actor: User, at: datetime) -> Webhook:
    """Give a webhook a new secret; the one before it signs as well for a day. Raises WebhookEnded."""
    row = _live(webhook_id)
    row.secret_number += 1
    row.overlap_until = at + OVERLAP
    row.save(update_fields=["secret_number", "overlap_until"])
    _tell("rotate", row, actor, at, {"secret_number": row.secret_number})
    return row


@transaction.atomic
def replay_webhook(*, webhook_id: int, after: int, actor: User, at: datetime) -> Webhook:
    """Tell again everything after a number. What is on its way just now changes nothing about it.

    Raises WebhookEnded.
    """
    row = _live(webhook_id)
    Progress.objects.filter(webhook=row).update(
        number=after, claim=F("claim") + 1, claimed_until=None, next_attempt_at=at
    )
    _tell("replay", row, actor, at, {"after": after})
    return row


def _live(id: int) -> Webhook:
    row = Webhook.objects.select_for_update().get(pk=id)
    if row.state == WebhookState.ENDED:
        raise WebhookEnded(webhook=str(row))
    return row


def _tell(
    verb: str, row: Webhook, actor: User, at: datetime, facts: dict[str, object],
    target: WebhookState | None = None,
) -> None:  # fmt: skip
    event = NewEvent(
        kind=f"webhook.{verb}", subject_type="webhook", subject_id=row.pk, facts=facts,
        target=target.value if target else "",
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
