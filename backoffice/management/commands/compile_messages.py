"""`manage.py compile_messages`: .po to .mo beside it; make calls it when a .po changed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from backoffice import messages


class Command(BaseCommand):
    help = "Compiles every language's texts."

    def handle(self, *args: Any, **options: Any) -> None:
        for path in messages.catalogs(settings.LOCALE_PATHS[0]):
            self.stdout.write(f"compiled {messages.compile_catalog(path)}")
