"""Addresses of the roles of people, under /api/v1/."""

from django.urls import path

from backoffice.grants import api

urlpatterns = [
    path("role-grants/", api.RoleGrants.as_view()),
    path("role-grants/<str:reference>/approve/", api.ApproveGrant.as_view()),
    path("role-grants/<str:reference>/decline/", api.DeclineGrant.as_view()),
    path("role-grants/<str:reference>/withdraw/", api.WithdrawGrant.as_view()),
    path("role-grants/<str:reference>/end/", api.EndGrant.as_view()),
]
