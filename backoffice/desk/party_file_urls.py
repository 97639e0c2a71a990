"""Addresses of the pages of the files of parties."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import party_file_parts as parts
from backoffice.desk import party_files

ONE = "party-files/<str:reference>/"

urlpatterns = [
    path("party-files/", party_files.PartyFiles.as_view(), name="party-files"),
    path("party-files/new/", parts.NewPartyFile.as_view(), name="party-file-new"),
    path(ONE, party_files.ShowPartyFile.as_view(), name="party-file"),
    path(f"{ONE}identity/", parts.KeepIdentity.as_view(), name="party-file-identity"),
    path(f"{ONE}persons/", parts.AddPerson.as_view(), name="party-file-person"),
    path(f"{ONE}stakes/", parts.SetStake.as_view(), name="party-file-stake"),
    path(f"{ONE}answers/", parts.AnswerFile.as_view(), name="party-file-answers"),
    path(f"{ONE}documents/", parts.AddDocument.as_view(), name="party-file-documents"),
    path(f"{ONE}documents/<str:document>/", parts.Scan.as_view(), name="party-file-scan"),
    path(f"{ONE}documents/<str:document>/withdraw/", parts.WithdrawPart.as_view(), name="party-file-document-withdraw"),
    path(f"{ONE}persons/<int:person>/withdraw/", parts.WithdrawPart.as_view(), name="party-file-person-withdraw"),
    path(f"{ONE}<str:action>/", party_files.PartyFileStep.as_view(), name="party-file-step"),
]  # fmt: skip
