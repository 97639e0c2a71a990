"""The workflow app: moving states, and what waits for a person."""

from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    name = "backoffice.workflow"
    label = "workflow"
