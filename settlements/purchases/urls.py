"""Addresses of the operations on purchases from individuals, under /api/v1/."""

from django.urls import path

from settlements.purchases import api

urlpatterns = [
    path("purchases/", api.ListPurchases.as_view()),
    path("purchases/<str:reference>/", api.ShowPurchase.as_view()),
    path("purchases/<str:reference>/documents/", api.IssuePaper.as_view()),
    path("purchases/<str:reference>/take-step/", api.TakeStepPurchase.as_view()),
    path("purchases/<str:reference>/identify/", api.IdentifyPurchase.as_view()),
    path("purchases/<str:reference>/screen/", api.ScreenPurchase.as_view()),
    path("purchases/<str:reference>/contract/", api.ContractPurchase.as_view()),
    path("purchases/<str:reference>/order/", api.OrderPurchase.as_view()),
    path("purchases/<str:reference>/credit/", api.CreditPurchase.as_view()),
    path("purchases/<str:reference>/act/", api.ActPurchase.as_view()),
    path("purchases/<str:reference>/pay/", api.PayPurchase.as_view()),
    path("purchases/<str:reference>/ask-advance/", api.AskAdvance.as_view()),
    path("purchases/<str:reference>/allow-advance/", api.AllowAdvance.as_view()),
    path("purchases/<str:reference>/refuse-advance/", api.RefuseAdvance.as_view()),
]
