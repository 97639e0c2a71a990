"""A person's own safety: the second factor, the code asked for between, and their keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.hashers import check_password
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, gettext_noop

from backoffice.access import factors
from backoffice.access.models import ApiKey
from backoffice.access.permissions import SIGNED_IN, held_up
from backoffice.access.problems import status_of, translated
from backoffice.access.services import create_key, revoke_keys
from backoffice.access.step_up import OWN_SAFETY, Proof
from backoffice.desk.base import Page
from backoffice.kernel.errors import Forbidden, Invalid, Refusal

SHOWN_KEYS = 200


class PasswordWrong(Forbidden):
    code = "password-wrong"
    title = gettext_noop("The password is wrong")
    detail = gettext_noop("The second factor is enrolled only by who knows the password.")
    hint = gettext_noop("Type the password with which you sign in.")


class BadMoment(Invalid):
    code = "bad-moment"
    title = gettext_noop("The moment cannot be read")
    detail = gettext_noop("%(value)s is no moment.")
    hint = gettext_noop("Write it as 2026-12-31T18:00.")


class Own(Page):
    """A page about oneself. Once there is a second factor, changes ask for its code."""

    permission = SIGNED_IN

    def asking(self) -> HttpResponse | None:
        """The page that asks for a code, if one is due."""
        if not factors.has_factor(self.user):
            return None
        return held_up(self.request, OWN_SAFETY)

    def again(self, status: int = 200, **more: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(**self.kwargs, **more), status=status)


class SecondFactor(Own):
    """What is enrolled, and how to enrol: a secret, then its first code and the password."""

    template_name = "registration/second_factor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        device = factors.begun(self.user)
        begun = {
            # The picture is made here, of a secret of ours: nothing in it comes from outside.
            "picture": mark_safe(factors.picture_of(device)),  # noqa: S308
            "secret": factors.secret_of(device),
        } if device else {}  # fmt: skip
        return {
            "enrolled": factors.has_factor(self.user),
            "codes_left": factors.recovery_codes_left(self.user),
            **begun,
            **kwargs,
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        step = request.POST.get("step", "")
        if step not in ("begin", "confirm", "codes"):
            raise Http404
        asking = self.asking()
        if asking is not None:
            return asking
        try:
            return self.take(step, timezone.now())
        except Refusal as refusal:
            told = translated(refusal.detail, refusal.facts)
            hint = translated(refusal.hint, refusal.facts)
            return self.again(status_of(refusal), refused=told, remedy=hint)

    def take(self, step: str, at: datetime) -> HttpResponse:
        post = self.request.POST
        if step == "begin":
            factors.begin_enrolment(self.user)
            return HttpResponseRedirect(reverse("second-factor"))
        if step == "codes":
            if not factors.has_factor(self.user):
                raise Http404
            return self.again(codes=factors.renew_recovery_codes(self.user, at=at))
        if not check_password(post.get("password", ""), self.user.password):
            raise PasswordWrong()
        codes = factors.confirm_enrolment(self.user, post.get("code", "")[:40], at=at)
        factors.remember_code(self.request.session, at)
        return self.again(codes=codes)


class GiveCode(Own):
    """A code given ahead of steps that ask for one, such as those of a script in the browser."""

    template_name = "registration/step_up.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        proof = factors.proof_of(self.user, request.session, timezone.now())
        if proof is Proof.OLD:
            asking = held_up(request, OWN_SAFETY)
            assert asking is not None
            asking.status_code = 200
            return asking
        if proof is Proof.GIVEN:
            messages.success(
                request, gettext("Your code was taken: steps that move money are open.")
            )
        return HttpResponseRedirect(reverse("second-factor"))

    def post(self, request: HttpRequest) -> HttpResponse:
        asking = self.asking()
        if asking is not None:
            return asking
        following = request.GET.get("next", "")
        safe = url_has_allowed_host_and_scheme(following, allowed_hosts={request.get_host()})
        return HttpResponseRedirect(following if safe else request.get_full_path())


class Keys(Own):
    """My keys: made, shown once, revoked."""

    template_name = "registration/keys.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = ApiKey.objects.filter(user=self.user).order_by("-pk")[:SHOWN_KEYS]
        now = timezone.now()
        return {
            "keys": [(row, row.revoked_at is None and not _over(row, now)) for row in rows],
            "scopes": sorted(self.user.get_all_permissions()),
            "typed": self.request.POST,
            "chosen": self.request.POST.getlist("scope"),
            "warns": not factors.has_factor(self.user),
            **kwargs,
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        asking = self.asking()
        if asking is not None:
            return asking
        try:
            row, secret = self.make()
        except Refusal as refusal:
            told = translated(refusal.detail, refusal.facts)
            return self.again(
                status_of(refusal), refused=told, remedy=translated(refusal.hint, refusal.facts)
            )
        return self.again(201, made=row, secret=secret, typed={}, chosen=[])

    def make(self) -> tuple[ApiKey, str]:
        post = self.request.POST
        networks = post.get("networks", "").replace(",", " ").split()
        return create_key(
            user=self.user, label=post.get("label", "").strip()[:100] or gettext("Key"),
            scopes=post.getlist("scope"), networks=networks,
            expires_at=_moment(post.get("expires_at", "")),
            with_code=factors.has_factor(self.user),
        )  # fmt: skip


class RevokeKey(Own):
    """A key of one's own ends; needs no code, because it only takes away."""

    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        if not ApiKey.objects.filter(pk=id, user=self.user).exists():
            raise Http404
        revoke_keys(ids=[id], actor=self.user, at=timezone.now())
        messages.success(request, gettext("The key is revoked."))
        return HttpResponseRedirect(reverse("keys"))


def _over(row: ApiKey, now: datetime) -> bool:
    return row.expires_at is not None and row.expires_at <= now


def _moment(text: str) -> datetime | None:
    """What was typed, by the firm's clock. Raises BadMoment."""
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise BadMoment(value=text[:40]) from None
    return read if read.tzinfo else timezone.make_aware(read)
