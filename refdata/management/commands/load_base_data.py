"""`manage.py load_base_data`: what every installation needs before its first deal. Repeatable."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from refdata.base.loading import (
    load_calendars,
    load_currencies,
    load_currency_calendars,
    load_currency_pairs,
    load_cycles,
    load_markets,
    load_sources,
)
from refdata.base.loading_rules import load_rules


class Command(BaseCommand):
    help = "Loads what is missing of roles, currencies, pairs, calendars, cycles, rules and more."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("sync_roles")
        for what, load in (
            ("currencies", load_currencies), ("calendars", load_calendars), ("cycles", load_cycles),
            ("markets", load_markets), ("currency calendars", load_currency_calendars),
            ("currency pairs", load_currency_pairs), ("sources", load_sources),
        ):  # fmt: skip
            self.stdout.write(f"{what}: {load()} added")
        self.stdout.write(f"rules: {load_rules(at=timezone.now())} added")
        call_command("load_templates", stdout=self.stdout)
