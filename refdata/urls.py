"""Addresses of the operations on reference data, under /api/v1/."""

from django.urls import path

from refdata import api, proposals_api
from refdata.dated_rules import api as rules
from refdata.firm_profiles import api as profiles
from refdata.screening import api as screening

urlpatterns = [
    path("standing-instructions/", api.Instructions.as_view()),
    path("standing-instructions/<str:reference>/", api.ShowInstruction.as_view()),
    path("standing-instructions/<str:reference>/approve/", api.ApproveInstruction.as_view()),
    path("standing-instructions/<str:reference>/revoke/", api.RevokeInstruction.as_view()),
    path("standing-instructions/<str:reference>/call-backs/", api.RecordCallBack.as_view()),
    path("firm-profiles/", profiles.Profiles.as_view()),
    path("firm-profiles/<str:reference>/", profiles.ShowProfile.as_view()),
    path("firm-profiles/<str:reference>/approve/", profiles.ApproveProfile.as_view()),
    path("firm-profiles/<str:reference>/decline/", profiles.DeclineProfile.as_view()),
    path("firm-profiles/<str:reference>/withdraw/", profiles.WithdrawProfile.as_view()),
    path("rules/", rules.Rules.as_view()),
    path("rules/<str:reference>/", rules.ShowRule.as_view()),
    path("rules/<str:reference>/try/", rules.TryRule.as_view()),
    path("rules/<str:reference>/activate/", rules.ActivateRule.as_view()),
    path("rules/<str:reference>/adopt/", rules.AdoptRule.as_view()),
    path("rules/<str:reference>/decline/", rules.DeclineRule.as_view()),
    path("rules/<str:reference>/withdraw/", rules.WithdrawRule.as_view()),
    path("rules/<str:reference>/repeal/", rules.RepealRule.as_view()),
    path("rules/<str:reference>/verify/", rules.VerifyRule.as_view()),
    path("reference-proposals/", proposals_api.Proposals.as_view()),
    path("reference-proposals/<str:reference>/", proposals_api.ShowProposal.as_view()),
    path("reference-proposals/<str:reference>/approve/", proposals_api.ApproveProposal.as_view()),
    path("reference-proposals/<str:reference>/decline/", proposals_api.DeclineProposal.as_view()),
    path("reference-proposals/<str:reference>/withdraw/", proposals_api.WithdrawProposal.as_view()),
    path("sanctions-lists/", screening.SanctionsVersions.as_view()),
    path("screenings/", screening.Screenings.as_view()),
    path("screening-hits/", screening.ScreeningHits.as_view()),
    path("screening-hits/<str:reference>/", screening.ShowScreeningHit.as_view()),
    path("screening-hits/<str:reference>/propose-clearing/", screening.ProposeClearing.as_view()),
    path("screening-hits/<str:reference>/approve-clearing/", screening.ApproveClearing.as_view()),
    path("screening-hits/<str:reference>/decline-clearing/", screening.DeclineClearing.as_view()),
    path("screening-hits/<str:reference>/confirm/", screening.ConfirmHit.as_view()),
    path("reference-rows/<str:reference>/", proposals_api.ShowReferenceRow.as_view()),
]
