"""Addresses of the operations on settlements, under /api/v1/."""

from django.urls import include, path

from settlements import api, evidence_api
from settlements.changing import api as changing
from settlements.changing import grouping_api, repo_api
from settlements.cycling.api import ListCycles
from settlements.explaining.api import ExplainSettlement
from settlements.inventory.api import ShowInventory
from settlements.linking import api as linking
from settlements.parting import api as parting
from settlements.releasing.api import ListReleases
from settlements.running import api as runs_api
from settlements.scenarios import api as scenarios
from settlements.trying.api import TryRun

urlpatterns = [
    path("deals/<str:reference>/amend/", changing.AmendDeal.as_view()),
    path("deal-groups/", grouping_api.GroupFills.as_view()),
    path("deals/<str:reference>/undo-allocation/", changing.UndoAllocation.as_view()),
    path("deals/<str:reference>/substitute/", repo_api.SubstituteCollateral.as_view()),
    path("deals/<str:reference>/close-early/", repo_api.CloseEarly.as_view()),
    path("deals/<str:reference>/allocate/", changing.AllocateDeal.as_view()),
    path("deals/<str:reference>/cancel/", changing.CancelDeal.as_view()),
    path("deals/<str:reference>/agree-cancel/", changing.AgreeCancel.as_view()),
    path("deals/<str:reference>/deny-cancel/", changing.DenyCancel.as_view()),
    path("deals/<str:reference>/withdraw-cancel/", changing.WithdrawCancel.as_view()),
    path("deals/<str:reference>/reinstruct/", changing.Reinstruct.as_view()),
    path("deals/<str:reference>/approve-cancel/", changing.ApproveCancel.as_view()),
    path("settlements/", api.ListSettlements.as_view()),
    path("settlements/<str:reference>/", api.ShowSettlement.as_view()),
    path("settlements/<str:reference>/explanation/", ExplainSettlement.as_view()),
    path("settlements/<str:reference>/release/", api.ReleaseSettlement.as_view()),
    path("settlements/<str:reference>/reject/", api.RejectSettlement.as_view()),
    path("settlements/<str:reference>/repair/", api.RepairSettlement.as_view()),
    path("settlements/<str:reference>/enrich/", api.EnrichSettlement.as_view()),
    path("settlements/<str:reference>/hold/", api.HoldSettlement.as_view()),
    path("settlements/<str:reference>/prioritise/", parting.PrioritiseSettlement.as_view()),
    path("settlements/<str:reference>/allow-parts/", parting.AllowParts.as_view()),
    path("settlements/<str:reference>/release-part/", parting.ReleasePart.as_view()),
    path("settlements/<str:reference>/links/", linking.LinkSettlement.as_view()),
    path("settlements/<str:reference>/end-link/", linking.EndLink.as_view()),
    path("settlements/<str:reference>/match/", api.MatchSettlement.as_view()),
    path("settlements/<str:reference>/cancel/", changing.CancelSettlement.as_view()),
    path("settlements/<str:reference>/evidence/", evidence_api.ProposeEvidence.as_view()),
    path("inventory/", ShowInventory.as_view()),
    path("evidence/<str:reference>/accept/", evidence_api.AcceptEvidence.as_view()),
    path("evidence/<str:reference>/decline/", evidence_api.DeclineEvidence.as_view()),
    path("settlement-runs/", runs_api.RequestRun.as_view()),
    path("settlement-cycles/", ListCycles.as_view()),
    path("settlement-runs/what-if/", TryRun.as_view()),
    path("day-what-if/", scenarios.TryDay.as_view()),
    path("scenarios/", scenarios.Scenarios.as_view()),
    path("scenarios/<str:reference>/", scenarios.ShowScenario.as_view()),
    path("settlement-runs/<str:reference>/", runs_api.ShowRun.as_view()),
    path("settlement-runs/<str:reference>/explanations/", runs_api.ExplainRun.as_view()),
    path("settlement-runs/<str:reference>/releases/", ListReleases.as_view()),
    path("", include("settlements.actions.urls")),
    path("", include("settlements.clearing.urls")),
    path("", include("settlements.netting.urls")),
    path("", include("settlements.fails.urls")),
    path("", include("settlements.ladder.urls")),
    path("", include("settlements.purchases.urls")),
    path("", include("settlements.reversing.urls")),
    path("", include("settlements.transforming.urls")),
    path("", include("settlements.using.urls")),
    path("", include("settlements.withdrawing.urls")),
    path("", include("settlements.ndfl.urls")),
]
