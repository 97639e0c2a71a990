"""`manage.py load_templates`: the templates that an installation begins with. Repeatable."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from backoffice.documents.starting import load_templates


class Command(BaseCommand):
    help = "Loads the templates of documents of which there is none yet."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"templates: {load_templates(at=timezone.now())} added")
