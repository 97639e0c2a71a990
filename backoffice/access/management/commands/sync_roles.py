"""Write the table of roles and permissions to Django's groups."""

from typing import Any

from django.core.management.base import BaseCommand

from backoffice.access.services import sync_roles


class Command(BaseCommand):
    help = "Write backoffice/access/roles.py to the groups of the database."

    def handle(self, *args: Any, **options: Any) -> None:
        sync_roles()
        self.stdout.write("roles written")
