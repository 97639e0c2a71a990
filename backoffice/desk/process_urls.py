"""Addresses of the pages of processes."""

from django.urls import path

from backoffice.desk import process_editing, processes

urlpatterns = [
    path("processes/", processes.Processes.as_view(), name="processes"),
    path(
        "processes/versions/<str:reference>/",
        processes.ShowVersion.as_view(),
        name="process-version",
    ),
    path(
        "processes/versions/<str:reference>/<str:action>/",
        processes.VersionStep.as_view(),
        name="process-version-step",
    ),
    path("processes/<str:process>/", processes.ShowProcess.as_view(), name="process"),
    path(
        "processes/<str:process>/edit/", process_editing.EditProcess.as_view(), name="process-edit"
    ),
]
