"""`manage.py make_messages`: bring locale/ru/LC_MESSAGES/django.po up to the sources."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from backoffice import messages


class Command(BaseCommand):
    help = "Extracts texts from Python and templates and merges them into every language's file."

    def handle(self, *args: Any, **options: Any) -> None:
        template = messages.extract_catalog(settings.BASE_DIR)
        folder = settings.LOCALE_PATHS[0]
        for language, _ in settings.LANGUAGES:
            if language == settings.LANGUAGE_CODE:
                continue  # the sources are written in it
            path = folder / language / "LC_MESSAGES" / "django.po"
            catalog = messages.update_catalog(path, template)
            left = len(messages.missing(catalog, template))
            self.stdout.write(f"{path}: {len(catalog)} texts, {left} to translate")
