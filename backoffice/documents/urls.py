"""Addresses of the operations on documents, under /api/v1/."""

from django.urls import path

from backoffice.documents import agreements_api, api

urlpatterns = [
    path("documents/", api.ListDocuments.as_view()),
    path("documents/<str:reference>/", api.ShowDocument.as_view()),
    path("documents/<str:reference>/file.pdf", api.DownloadDocument.as_view()),
    path("documents/<str:reference>/verify/", api.VerifyDocument.as_view()),
    path("documents/<str:reference>/signed-copies/", api.ProposeSignedCopy.as_view()),
    path("signed-copies/<str:reference>/accept/", api.AcceptSignedCopy.as_view()),
    path("signed-copies/<str:reference>/decline/", api.DeclineSignedCopy.as_view()),
    path("document-templates/", api.Templates.as_view()),
    path("document-templates/<str:reference>/", api.ShowTemplate.as_view()),
    path("document-templates/<str:reference>/preview.pdf", api.PreviewTemplate.as_view()),
    path("document-templates/<str:reference>/approve/", api.ApproveTemplate.as_view()),
    path("document-templates/<str:reference>/decline/", api.DeclineTemplate.as_view()),
    path("document-templates/<str:reference>/withdraw/", api.WithdrawTemplate.as_view()),
    path("agreements/", agreements_api.Agreements.as_view()),
    path("agreements/<str:reference>/", agreements_api.ShowAgreement.as_view()),
    path("agreements/<str:reference>/issue/", agreements_api.IssueAgreement.as_view()),
]
