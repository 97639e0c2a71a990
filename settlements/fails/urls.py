"""Addresses of the operations on fails and on what they cost, under /api/v1/."""

from django.urls import path

from settlements.fails import api
from settlements.fails.claims import api as claims
from settlements.fails.statements import api as statements

urlpatterns = [
    path("fails/", api.ListFails.as_view()),
    path("penalties/", api.ListPenalties.as_view()),
    path("penalty-nets/", api.ListPenaltyNets.as_view()),
    path("penalty-what-if/", api.SupposePenalties.as_view()),
    path("penalty-statements/", statements.PenaltyStatements.as_view()),
    path("penalty-statements/<str:reference>/", statements.ShowPenaltyStatement.as_view()),
    path("penalty-statements/<str:reference>/lines/", statements.ListPenaltyLines.as_view()),
    path("penalty-statements/<str:reference>/book/", statements.BookPenaltyStatement.as_view()),
    path(
        "penalty-statements/<str:reference>/decline/", statements.DeclinePenaltyStatement.as_view()
    ),
    path("penalty-breaks/", statements.ListPenaltyBreaks.as_view()),
    path("penalty-breaks/<str:reference>/", statements.ShowPenaltyBreak.as_view()),
    path("penalty-breaks/<str:reference>/appeal/", statements.AppealPenaltyBreak.as_view()),
    path("penalty-breaks/<str:reference>/accept/", statements.AcceptPenaltyBreak.as_view()),
    path("penalty-breaks/<str:reference>/win/", statements.WinPenaltyBreak.as_view()),
    path("interest-claims/", claims.InterestClaims.as_view()),
    path("interest-claims/<str:reference>/", claims.ShowInterestClaim.as_view()),
    path("interest-claims/<str:reference>/approve/", claims.ApproveInterestClaim.as_view()),
    path("interest-claims/<str:reference>/decline/", claims.DeclineInterestClaim.as_view()),
    path("interest-claims/<str:reference>/pay/", claims.PayInterestClaim.as_view()),
    path("interest-claims/<str:reference>/drop/", claims.DropInterestClaim.as_view()),
    path("buy-ins/", claims.BuyIns.as_view()),
    path("buy-ins/<str:reference>/", claims.ShowBuyIn.as_view()),
    path("buy-ins/<str:reference>/notify/", claims.NotifyBuyIn.as_view()),
    path("buy-ins/<str:reference>/execute/", claims.ExecuteBuyIn.as_view()),
    path("buy-ins/<str:reference>/compensate/", claims.CompensateBuyIn.as_view()),
    path("buy-ins/<str:reference>/abandon/", claims.AbandonBuyIn.as_view()),
]
