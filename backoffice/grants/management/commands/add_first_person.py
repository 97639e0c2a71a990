"""`manage.py add_first_person NAME ROLE`: the first administrator and the first manager of a firm.

From then on roles are proposed and approved by people. The password is asked for, or read from the
first line of standard input where nobody sits at a terminal.
"""

from __future__ import annotations

import sys
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from backoffice.access.models import User
from backoffice.grants.services import install_grant

FIRST = ("admin", "manager")


class Command(BaseCommand):
    help = "Adds the first person in a role that nobody holds yet: admin or manager."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("role", choices=FIRST)

    @transaction.atomic
    def handle(self, *args: Any, username: str, role: str, **options: Any) -> None:
        if User.objects.filter(groups__name=role, is_active=True).exists():
            raise CommandError(f"somebody holds the role {role}: propose it on the page Roles")
        if User.objects.filter(username=username).exists():
            raise CommandError(f"{username} is there already")
        password = getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        user = User(username=username, is_staff=role == "admin")
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        user.set_password(password)
        user.save()
        install_grant(user=user, role=role, at=timezone.now())
        self.stdout.write(f"{username} is {role}; sign in and enrol a second factor")
