"""Every address of the product: pages at the root, the API under /api/v1/, health beside them."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from backoffice import health, openapi
from backoffice.access.api import CreateKey
from backoffice.access.permissions import PUBLIC
from backoffice.bulk_api import TakeBulkStep
from backoffice.feed import ListEvents

API: list[URLPattern | URLResolver] = [
    path("keys/", CreateKey.as_view()),
    path("", include("backoffice.grants.urls")),
    path("", include("backoffice.webhooks.urls")),
    path("", include("backoffice.connectors.urls")),
    path("", include("backoffice.documents.urls")),
    path("", include("onboarding.urls")),
    path("", include("deals.urls")),
    path("", include("settlements.urls")),
    path("", include("reconciliation.urls")),
    path("", include("expenses.urls")),
    path("", include("reporting.urls")),
    path("", include("limits.urls")),
    path("", include("ledger.urls")),
    path("", include("refdata.urls")),
    path("", include("backoffice.work.urls")),
    path("bulk-steps/", TakeBulkStep.as_view()),
    path("events/", ListEvents.as_view()),
]


class Schema(SpectacularAPIView):
    permission = PUBLIC
    generator_class = openapi.Written


class Docs(SpectacularSwaggerView):
    permission = PUBLIC


urlpatterns = [
    path("api/v1/", include(API)),
    path("api/schema/", Schema.as_view(), name="schema"),
    path("api/docs/", Docs.as_view(url_name="schema"), name="docs"),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("", include("backoffice.desk.urls")),
]
handler404 = "backoffice.problems.not_found"
handler500 = "backoffice.problems.server_error"
