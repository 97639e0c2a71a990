"""`manage.py check_translations`: fails and lists what a language does not say yet."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backoffice import messages


class Command(BaseCommand):
    help = "Fails when a text of the sources has no certain translation."

    def handle(self, *args: Any, **options: Any) -> None:
        template = messages.extract_catalog(settings.BASE_DIR)
        left = 0
        for language, _ in settings.LANGUAGES:
            if language == settings.LANGUAGE_CODE:
                continue
            path = settings.LOCALE_PATHS[0] / language / "LC_MESSAGES" / "django.po"
            for message in messages.missing(messages.read_catalog(path), template):
                left += 1
                places = ", ".join(f"{file}:{line}" for file, line in message.locations[:3])
                self.stderr.write(f"{language}: {message.id!r} ({places})")
        if left:
            raise CommandError(f"{left} texts are not translated; see `manage.py make_messages`")
        self.stdout.write(f"{len(template)} texts, all translated")
