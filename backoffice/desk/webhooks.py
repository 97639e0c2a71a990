"""Pages of webhooks: which there are, how far each has got, and the steps of an administrator."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from backoffice.access.problems import status_of, translated
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.kernel.errors import Refusal
from backoffice.webhooks import selectors, services
from backoffice.webhooks.api import ReplayWebhook, WebhookInput
from backoffice.webhooks.models import Webhook
from backoffice.webhooks.state import WEBHOOK_LIFECYCLE

SHOWN_DELIVERIES = 50


def _opens(row: Webhook) -> str:
    return reverse("webhook", args=[str(row)])


def _link(row: Webhook) -> Any:
    return format_html('<a class="mono" href="{}">{}</a>', _opens(row), row)


WEBHOOKS = Listing(
    name="webhooks",
    title=_("Webhooks"),
    empty=_("No other system is told of events. A webhook tells one of them, signed and in order."),
    rows=lambda user: selectors.webhooks(),
    opens=_opens,
    columns=(
        Column(_("Webhook"), "reference", write=_link),
        Column(_("State"), "state", "state"),
        Column(_("Label"), "label"),
        Column(_("Address"), "url", "code"),
        Column(_("Kinds of events"), "kinds", write=lambda w: ", ".join(w.kinds) or _("all")),
        Column(_("Owner"), "owner.username"),
        Column(_("Told until event"), "progress.number", "number"),
        Column(_("Failures in a row"), "progress.failures", "number"),
        Column(_("Next attempt"), "progress.next_attempt_at", "moment"),
        Column(_("Made"), "created_at", "moment", usual=False),
    ),
)  # fmt: skip


class Webhooks(ListView):
    permission = "webhooks.view_webhook"
    template_name = "webhooks/webhooks.html"
    listing = WEBHOOKS

    def more(self) -> dict[str, Any]:
        return {"may_create": self.user.has_perm("webhooks.create_webhook")}


class NewWebhook(Page):
    """A form; what comes of it is shown with the secret, this once."""

    permission = "webhooks.create_webhook"
    template_name = "webhooks/new.html"

    def post(self, request: HttpRequest) -> HttpResponse:
        kinds = request.POST.get("kinds", "").replace(",", " ").split()
        typed = {name: request.POST.get(name, "") for name in ("url", "label")}
        given = WebhookInput(data={**typed, "kinds": kinds})
        shown: dict[str, Any] = {**typed, "kinds": request.POST.get("kinds", "")}
        if not given.is_valid():
            problems = {name: str(why) for name, why in given.errors.items()}
            return self.render_to_response({"typed": shown, "problems": problems}, status=422)
        try:
            row = services.create_webhook(
                actor=self.user, at=timezone.now(), **given.validated_data
            )
        except Refusal as refusal:
            told = translated(refusal.detail, refusal.facts)
            hint = translated(refusal.hint, refusal.facts)
            context = {"typed": shown, "refused": told, "remedy": hint}
            return self.render_to_response(context, status=status_of(refusal))
        return self.render_to_response(made(row), status=201)


def made(row: Webhook) -> dict[str, Any]:
    return {"made": row, "secret": services.secret_shown(row)}


class ShowWebhook(Thing):
    permission = "webhooks.view_webhook"
    template_name = "webhooks/webhook.html"
    page_name = "webhook"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.webhook(kwargs["reference"])
        shown = self.decided(
            row, WEBHOOK_LIFECYCLE, permission="webhooks.{}_webhook", asks_reason=("pause", "end")
        )
        if row.state == "ACTIVE" and shown["next_step"] is not None:
            # One that works needs no step: pausing and ending it stand among the others.
            shown["others"] = [shown["next_step"].step, *shown["others"]]
            shown["next_step"] = None
        live = row.state != "ENDED" and not shown["slider"].at
        return {
            **shown, "webhook": row, "progress": row.progress,
            "deliveries": selectors.deliveries(row.pk)[:SHOWN_DELIVERIES],
            "may_rotate": live and self.user.has_perm("webhooks.rotate_webhook"),
            "may_replay": live and self.user.has_perm("webhooks.replay_webhook"),
        }  # fmt: skip


class WebhookStep(ThingStep):
    model = Webhook
    app, subject = "webhooks", "webhook"
    find = staticmethod(lambda reference, visible_to: selectors.webhook(reference))
    without_reason = ("resume",)
    page_class = ShowWebhook
    actions = {  # noqa: RUF012
        "pause": services.pause_webhooks,
        "resume": services.resume_webhooks,
        "end": services.end_webhooks,
    }


class RotateSecret(Page):
    """A new secret, shown this once."""

    permission = "webhooks.rotate_webhook"
    template_name = "webhooks/new.html"
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        id = selectors.webhook(reference).pk
        try:
            row = services.rotate_secret(webhook_id=id, actor=self.user, at=timezone.now())
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("webhook", args=[reference]))
        return self.render_to_response(made(row))


class Replay(Page):
    """Everything after a number is told again."""

    permission = "webhooks.replay_webhook"
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        row = selectors.webhook(reference)
        given = ReplayWebhook.Input(data=request.POST)
        try:
            if given.is_valid():
                services.replay_webhook(
                    webhook_id=row.pk, actor=self.user, at=timezone.now(), **given.validated_data
                )
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(reverse("webhook", args=[reference]))
