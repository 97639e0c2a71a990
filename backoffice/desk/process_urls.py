"""Addresses of the pages of processes, and of steps that they add where there were none."""

from django.urls import path

from backoffice.desk import inbound, process_editing, processes

urlpatterns = [
    path(
        "inbound/<str:reference>/step/<str:action>/",
        inbound.InboundStep.as_view(),
        name="inbound-step",
    ),
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
