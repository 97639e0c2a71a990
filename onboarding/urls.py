"""Addresses of the operations on files of parties, under /api/v1/."""

from __future__ import annotations

from django.urls import path

from onboarding import api

ONE = "party-files/<str:reference>/"

urlpatterns = [
    path("party-files/", api.PartyFiles.as_view()),
    path(ONE, api.ShowPartyFile.as_view()),
    path(f"{ONE}history/", api.PartyFileHistory.as_view()),
    path(f"{ONE}identity/", api.KeepIdentity.as_view()),
    path(f"{ONE}answers/", api.KeepAnswers.as_view()),
    path(f"{ONE}documents/", api.AddFileDocument.as_view()),
    path(f"{ONE}documents/<str:document>/file", api.DownloadFileDocument.as_view()),
    path(f"{ONE}documents/<str:document>/withdraw/", api.WithdrawFileDocument.as_view()),
    path(f"{ONE}persons/", api.AddFilePerson.as_view()),
    path(f"{ONE}persons/<int:person>/withdraw/", api.WithdrawFilePerson.as_view()),
    path(f"{ONE}stakes/", api.KeepStake.as_view()),
    path(f"{ONE}submit/", api.SubmitPartyFile.as_view()),
    path(f"{ONE}approve/", api.ApprovePartyFile.as_view()),
    path(f"{ONE}take-step/", api.TakeStepPartyFile.as_view()),
    path(f"{ONE}send-back/", api.SendBackPartyFile.as_view()),
    path(f"{ONE}decline/", api.DeclinePartyFile.as_view()),
    path(f"{ONE}take-up/", api.TakeUpPartyFile.as_view()),
    path(f"{ONE}close/", api.ClosePartyFile.as_view()),
]
