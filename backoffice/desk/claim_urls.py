"""Addresses of the pages of interest claims and of buy-ins."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import claim_forms as forms
from backoffice.desk import claims

urlpatterns = [
    path("fails/claims/", claims.InterestClaims.as_view(), name="interest-claims"),
    path("fails/claims/new/", forms.NewInterestClaim.as_view(), name="new-interest-claim"),
    path(
        "fails/claims/<str:reference>/", claims.ShowInterestClaim.as_view(), name="interest-claim"
    ),
    path("fails/claims/<str:reference>/pay/", forms.PayClaim.as_view(), name="interest-claim-pay"),
    path(
        "fails/claims/<str:reference>/<str:action>/",
        claims.ClaimStep.as_view(),
        name="interest-claim-step",
    ),
    path("fails/buy-ins/", claims.BuyIns.as_view(), name="buy-ins"),
    path("fails/buy-ins/new/", forms.NewBuyIn.as_view(), name="new-buy-in"),
    path("fails/buy-ins/<str:reference>/", claims.ShowBuyIn.as_view(), name="buy-in"),
    path(
        "fails/buy-ins/<str:reference>/execute/",
        forms.ExecuteBuyIn.as_view(),
        name="buy-in-execute",
    ),
    path(
        "fails/buy-ins/<str:reference>/<str:action>/",
        claims.BuyInStep.as_view(),
        name="buy-in-step",
    ),
]
