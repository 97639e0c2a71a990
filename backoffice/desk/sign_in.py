"""Signing in: name and password, then the one-time code of those who have a second factor.

Between the two the session knows only who has shown a password, for some minutes; nobody is signed in.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from backoffice.access.attempts import count_attempt, forget_attempts
from backoffice.access.authentication import sender_of
from backoffice.access.factors import check_code, has_factor, remember_code
from backoffice.access.models import User
from backoffice.access.problems import status_of, translated
from backoffice.kernel.errors import Refusal

HALF = "half_signed_in"
HALF_LASTS = timedelta(minutes=5)


class SignIn(LoginView):
    """`/login/`, also for the administration."""

    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        at = timezone.now()
        if "code" in request.POST:
            return self.with_code(request, at)
        request.session.pop(HALF, None)
        try:
            count_attempt(request.POST.get("username", "")[:150], sender_of(request), at=at)
        except Refusal as refusal:
            return self.refused(refusal, self.get_form_class()(request))
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        assert isinstance(user, User)
        if not has_factor(user):
            self.succeed(user)
            return super().form_valid(form)
        at = timezone.now()
        self.request.session[HALF] = {
            "user": user.pk, "at": at.timestamp(),
            "hash": user.get_session_auth_hash(), "backend": user.backend,
        }  # fmt: skip
        return self.render_to_response(self.get_context_data(form=form, asks_code=True))

    def with_code(self, request: HttpRequest, at: datetime) -> HttpResponse:
        user = self.half_signed_in(at)
        form = self.get_form_class()(request)
        if user is None:  # too late, or nobody: from the beginning
            return self.render_to_response(self.get_context_data(form=form))
        try:
            check_code(user, request.POST["code"][:40], at=at)
        except Refusal as refusal:
            return self.refused(refusal, form, asks_code=True)
        backend = request.session.pop(HALF)["backend"]
        login(request, user, backend=backend)
        remember_code(request.session, at)
        self.succeed(user)
        return HttpResponseRedirect(self.get_success_url())

    def half_signed_in(self, at: datetime) -> User | None:
        """Who has shown the password lately, if it is still theirs."""
        half = self.request.session.get(HALF)
        if not half or at.timestamp() - half["at"] > HALF_LASTS.total_seconds():
            return None
        user = User.objects.filter(pk=half["user"], is_active=True).first()
        if user and constant_time_compare(user.get_session_auth_hash(), half["hash"]):
            return user
        return None

    def succeed(self, user: User) -> None:
        forget_attempts(user.get_username(), sender_of(self.request))

    def refused(
        self, refusal: Refusal, form: AuthenticationForm, *, asks_code: bool = False
    ) -> HttpResponse:
        context = self.get_context_data(
            form=form, asks_code=asks_code, refused=translated(refusal.detail, refusal.facts),
            remedy=translated(refusal.hint, refusal.facts),
        )  # fmt: skip
        status = status_of(refusal)
        answer = self.render_to_response(context, status=status)
        if status == 429:
            answer["Retry-After"] = str(refusal.facts["seconds"])
        return answer
