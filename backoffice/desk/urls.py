"""Addresses of the pages."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from backoffice.desk import (
    bulk,
    close,
    deals,
    evidence,
    fix,
    grants,
    home,
    inbound,
    instructions,
    ledger,
    limit_changes,
    limits,
    lots,
    new_deal,
    personal,
    reference,
    reports,
    rules,
    saved,
    search,
    security,
    sign_in,
    uploads,
)
from backoffice.desk import settlements as settling

urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("find/", search.Find.as_view(), name="find"),
    path("search/", search.Search.as_view(), name="search"),
    path("theme/", home.ChooseTheme.as_view(), name="theme"),
    path("bulk/<str:subject>/<str:action>/", bulk.BulkStep.as_view(), name="bulk-step"),
    path("lists/<str:listing>/columns/", saved.ChooseColumns.as_view(), name="list-columns"),
    path("lists/<str:listing>/views/", saved.SaveView.as_view(), name="list-views"),
    path("lists/<str:listing>/forget/", saved.ForgetView.as_view(), name="list-forget"),
    path("work/", home.Workload.as_view(), name="work"),
    path("login/", sign_in.SignIn.as_view(), name="login"),
    path("my/factor/", security.SecondFactor.as_view(), name="second-factor"),
    path("my/code/", security.GiveCode.as_view(), name="step-up"),
    path("my/keys/", security.Keys.as_view(), name="keys"),
    path("my/keys/<int:id>/revoke/", security.RevokeKey.as_view(), name="key-revoke"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("deals/", deals.Blotter.as_view(), name="deals"),
    path("deals/new/", new_deal.NewDeal.as_view(), name="deal-new"),
    path("deals/<str:reference>/", deals.ShowDeal.as_view(), name="deal"),
    path("deals/<str:reference>/<str:action>/", deals.DealStep.as_view(), name="deal-step"),
    path("inbound/", inbound.RepairQueue.as_view(), name="inbounds"),
    path("inbound/<str:reference>/", inbound.ShowInbound.as_view(), name="inbound"),
    path("inbound/<str:reference>/repair/", inbound.RepairInbound.as_view(), name="inbound-repair"),
    path("fix/", fix.FixMappings.as_view(), name="fix"),
    path("fix/import/", fix.ImportFixLog.as_view(), name="fix-import"),
    path("fix/propose/", fix.ProposeFixMapping.as_view(), name="fix-propose"),
    path("fix/<str:reference>/", fix.ShowFixMapping.as_view(), name="fix-mapping"),
    path("fix/<str:reference>/replay/", fix.ReplayFixMapping.as_view(), name="fix-replay"),
    path(
        "fix/<str:reference>/<str:action>/", fix.FixMappingStep.as_view(), name="fix-mapping-step"
    ),
    path("personal-reads/", personal.PersonalReadsPage.as_view(), name="personal-reads"),
    path("roles/", grants.Grants.as_view(), name="rolegrants"),
    path("roles/propose/", grants.ProposeGrant.as_view(), name="rolegrant-propose"),
    path("roles/<str:reference>/", grants.ShowGrant.as_view(), name="rolegrant"),
    path("roles/<str:reference>/<str:action>/", grants.GrantStep.as_view(), name="rolegrant-step"),
    path("settlements/", settling.Settlements.as_view(), name="settlements"),
    path("settlements/<str:reference>/", settling.ShowSettlement.as_view(), name="settlement"),
    path(
        "settlements/<str:reference>/<str:action>/",
        settling.SettlementStep.as_view(),
        name="settlement-step",
    ),
    path(
        "settlements/<str:reference>/evidence",
        evidence.ProposeEvidence.as_view(),
        name="evidence-propose",
    ),
    path("evidence/<str:reference>/", evidence.ShowEvidence.as_view(), name="evidence"),
    path(
        "evidence/<str:reference>/<str:action>/",
        evidence.EvidenceStep.as_view(),
        name="evidence-step",
    ),
    path("runs/", settling.Runs.as_view(), name="runs"),
    path("runs/<str:reference>/", settling.ShowRun.as_view(), name="run"),
    path("limits/", limits.Limits.as_view(), name="limits"),
    path("limits/breaches/", limits.Breaches.as_view(), name="breaches"),
    path("limits/breaches/<str:reference>/", limit_changes.ShowBreach.as_view(), name="breach"),
    path(
        "limits/breaches/<str:reference>/<str:action>/",
        limit_changes.BreachStep.as_view(),
        name="breach-step",
    ),
    path(
        "limits/overrides/<str:reference>/", limit_changes.ShowOverride.as_view(), name="override"
    ),
    path(
        "limits/overrides/<str:reference>/<str:action>/",
        limit_changes.OverrideStep.as_view(),
        name="override-step",
    ),
    path("limits/caps/<str:reference>/", limit_changes.ShowCap.as_view(), name="cap"),
    path(
        "limits/caps/<str:reference>/<str:action>/",
        limit_changes.CapStep.as_view(),
        name="cap-step",
    ),
    path("limits/<str:reference>/", limits.ShowLimit.as_view(), name="limit"),
    path(
        "limits/<str:reference>/propose-override",
        limit_changes.ProposeOverride.as_view(),
        name="override-propose",
    ),
    path(
        "limits/<str:reference>/propose-cap",
        limit_changes.ProposeCap.as_view(),
        name="cap-propose",
    ),
    path("positions/", ledger.Positions.as_view(), name="positions"),
    path("lots/", lots.LotPools.as_view(), name="lots"),
    path("lots/<str:reference>/", lots.ShowPool.as_view(), name="lot-pool"),
    path("ledger/", ledger.TrialBalance.as_view(), name="ledger"),
    path("ledger/accounts/<int:id>/<str:asset>/", ledger.AccountCard.as_view(), name="account"),
    path("ledger/entries/", ledger.Journal.as_view(), name="entries"),
    path("ledger/entries/<int:id>/", ledger.ShowEntry.as_view(), name="entry"),
    path("events/", ledger.Events.as_view(), name="events"),
    path("events/<int:id>/", ledger.ShowEvent.as_view(), name="event"),
    path("close/", close.Days.as_view(), name="days"),
    path("close/<str:reference>/", close.ShowDay.as_view(), name="business-day"),
    path("close/<str:reference>/<str:action>/", close.DayStep.as_view(), name="day-step"),
    path(
        "night-steps/<str:reference>/<str:action>/",
        close.NightStepStep.as_view(),
        name="night-step",
    ),
    path(
        "open-points/<str:reference>/<str:action>/",
        close.OpenPointStep.as_view(),
        name="open-point-step",
    ),
    path("reports/", reports.Reports.as_view(), name="reports"),
    path("reports/<str:name>/run/", reports.RunReport.as_view(), name="report-ask"),
    path("report-runs/<str:reference>/", reports.ShowReportRun.as_view(), name="report-run"),
    path(
        "report-runs/<str:reference>/verify/", reports.VerifyReport.as_view(), name="report-verify"
    ),
    path(
        "report-runs/<str:reference>/file.<str:file_format>",
        reports.DownloadReport.as_view(),
        name="report-file",
    ),
    path("reference/uploads/", uploads.Uploads.as_view(), name="uploads"),
    path("reference/uploads/<str:reference>/", uploads.ShowUpload.as_view(), name="upload"),
    path(
        "reference/uploads/<str:reference>/load/", uploads.LoadUpload.as_view(), name="upload-load"
    ),
    path("reference/instructions/new/", instructions.NewSsi.as_view(), name="ssi-new"),
    path("reference/rules/", rules.Rules.as_view(), name="rules"),
    path("reference/rules/new/", rules.NewRule.as_view(), name="rule-new"),
    path("reference/rules/<str:reference>/", rules.ShowRule.as_view(), name="rule"),
    path(
        "reference/rules/<str:reference>/<str:action>/", rules.RuleStep.as_view(), name="rule-step"
    ),
    path("reference/", reference.Reference.as_view(), name="reference"),
    path("reference/<str:table>/", reference.Reference.as_view(), name="reference-table"),
    path("reference/instructions/<str:reference>/", instructions.ShowSsi.as_view(), name="ssi"),
    path(
        "reference/instructions/<str:reference>/call-back",
        instructions.CallBackSsi.as_view(),
        name="ssi-call-back",
    ),
    path(
        "reference/instructions/<str:reference>/<str:action>/",
        instructions.SsiStep.as_view(),
        name="ssi-step",
    ),
]
