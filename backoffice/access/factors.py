"""The second factor of a person: enrolled, asked, renewed, removed. Each leaves its event.

One authenticator app per person (TOTP, RFC 6238) and ten recovery codes, each good once. A wrong code
makes the next attempt wait, twice as long each time; the count is committed whatever follows.
"""

from __future__ import annotations

from base64 import b32encode
from datetime import datetime, timedelta
from typing import Any

import segno
from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice.access.models import User
from backoffice.access.step_up import Proof
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, Forbidden
from backoffice.kernel.i18n import gettext_noop

RECOVERY_CODES = 10
APP, RECOVERY = "app", "recovery"
GIVEN_AT = "code_given_at"  # in the session: seconds since 1970


class OneTimeCodeRequired(Forbidden):
    code = "one-time-code-required"
    title = gettext_noop("A one-time code is needed")
    detail = gettext_noop("You have a second factor, and no code came with the request.")
    hint = gettext_noop("Send the six digits of your app, or a recovery code, as otp.")


class OneTimeCodeWrong(Forbidden):
    code = "one-time-code-wrong"
    title = gettext_noop("The one-time code is wrong")
    detail = gettext_noop("It is not the code of this moment, or it was used before.")
    hint = gettext_noop("Wait for the next code of the app and check the clock of the phone.")


class TooManyCodes(Forbidden):
    code = "too-many-codes"
    title = gettext_noop("Too many wrong codes")
    detail = gettext_noop("The next code is taken in %(seconds)s s.")
    hint = gettext_noop("Wait, then give the code that the app shows.")
    status = 429


class NothingToConfirm(Conflict):
    code = "factor-not-begun"
    title = gettext_noop("There is no second factor to confirm")
    detail = gettext_noop("The enrolment was not begun, or it is complete already.")
    hint = gettext_noop("Begin again under Second factor.")


def has_factor(user: User) -> bool:
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def recovery_codes_left(user: User) -> int:
    return int(StaticToken.objects.filter(device__user=user).count())


def proof_of(user: User, session: Any, at: datetime) -> Proof:
    """What this session has shown: a code in the last minutes, an older one, or nothing to show."""
    if not has_factor(user):
        return Proof.NONE if settings.SECOND_FACTOR_REQUIRED else Proof.NOT_ASKED
    age = at.timestamp() - session.get(GIVEN_AT, 0)
    return Proof.GIVEN if 0 <= age <= settings.STEP_UP_SECONDS else Proof.OLD


def remember_code(session: Any, at: datetime) -> None:
    """From now on, for some minutes, this session may take steps that move money."""
    session[GIVEN_AT] = int(at.timestamp())


def check_code(user: User, code: str, *, at: datetime) -> str:
    """What the code is of: the app, or a recovery code, which is used up.

    Raises OneTimeCodeWrong or TooManyCodes.
    """
    typed = code.replace(" ", "").replace("-", "").lower()
    with transaction.atomic():  # whose end keeps the count of wrong codes
        found = _matched(user, typed, at)
        if found == RECOVERY:
            _tell("use_recovery_code", user, user, at, left=recovery_codes_left(user))
    if not isinstance(found, str):
        raise found
    return found


def _matched(user: User, typed: str, at: datetime) -> str | Forbidden:
    """Six digits go to the app, anything else to the recovery codes; each waits by itself."""
    model, name = (
        (TOTPDevice, APP) if typed.isascii() and typed.isdigit() else (StaticDevice, RECOVERY)
    )
    rows = model.objects.select_for_update().filter(user=user, confirmed=True)
    device = rows.order_by("pk").first()
    if device is None:
        return OneTimeCodeWrong()
    allowed, why = device.verify_is_allowed()
    if not allowed:
        until = (why or {}).get("locked_until") or at + timedelta(seconds=1)
        return TooManyCodes(seconds=max(1, round((until - at).total_seconds())))
    shown = typed if name == APP else _kept(user, typed)
    return name if device.verify_token(shown) else OneTimeCodeWrong()


def _kept(user: User, code: str) -> str:
    """A recovery code as it is stored: who reads the table cannot use it."""
    return salted_hmac("access.recovery", f"{user.pk}:{code}").hexdigest()[:16]


@transaction.atomic
def begin_enrolment(user: User) -> TOTPDevice:
    """A new secret, to be confirmed by its first code; an earlier unconfirmed one is forgotten."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    return TOTPDevice.objects.create(user=user, name=APP, confirmed=False)


def begun(user: User) -> TOTPDevice | None:
    """The secret that waits for its first code."""
    return TOTPDevice.objects.filter(user=user, confirmed=False).first()


def secret_of(device: TOTPDevice) -> str:
    """The secret for typing: base 32, in groups of four."""
    text = b32encode(device.bin_key).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def picture_of(device: TOTPDevice) -> str:
    """The QR code that the app reads, as SVG for the page itself: no file, no other server."""
    made = segno.make(device.config_url, error="m")
    svg: str = made.svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=False)
    return svg


@transaction.atomic
def _confirm(user: User, code: str, at: datetime) -> list[str] | Forbidden:
    rows = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False)
    device = rows.order_by("pk").first()
    if device is None:
        raise NothingToConfirm()
    allowed, _ = device.verify_is_allowed()
    if not allowed or not device.verify_token(code.replace(" ", "")):
        return OneTimeCodeWrong()
    TOTPDevice.objects.filter(user=user, confirmed=True).delete()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    _tell("enrol_factor", user, user, at)
    return _new_codes(user)


def confirm_enrolment(user: User, code: str, *, at: datetime) -> list[str]:
    """The second factor holds from now on; return its recovery codes, shown this once.

    Raises NothingToConfirm, OneTimeCodeWrong.
    """
    found = _confirm(user, code, at)
    if isinstance(found, Forbidden):
        raise found
    return found


@transaction.atomic
def renew_recovery_codes(user: User, *, at: datetime) -> list[str]:
    """New recovery codes; the old ones are good for nothing any more."""
    _tell("renew_recovery_codes", user, user, at)
    return _new_codes(user)


def _new_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name=RECOVERY, confirmed=True)
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    rows = [StaticToken(device=device, token=_kept(user, code)) for code in codes]
    StaticToken.objects.bulk_create(rows)
    return codes


@transaction.atomic
def remove_factor(user: User, *, actor: User, reason: str, at: datetime) -> bool:
    """Take the second factor away, for a lost phone; whether there was any."""
    gone, _ = TOTPDevice.objects.filter(user=user).delete()
    more, _ = StaticDevice.objects.filter(user=user).delete()
    if gone or more:
        _tell("remove_factor", user, actor, at, reason)
    return bool(gone or more)


def _tell(step: str, user: User, actor: User, at: datetime, reason: str = "", **facts: Any) -> None:
    event = NewEvent(
        kind=f"user.{step}", subject_type="user", subject_id=user.pk, reason=reason, facts=facts
    )
    record_events([event], actor_id=actor.pk, at=at)
