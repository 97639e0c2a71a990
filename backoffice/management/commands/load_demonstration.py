"""`manage.py load_demonstration`: a firm at work, once; a second run changes nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.connectors.tasks import exchange_folder
from backoffice.demonstration.banking import told_of
from backoffice.demonstration.day import last_sessions, load_day
from backoffice.demonstration.firm import load_firm, load_people
from backoffice.demonstration.market import expect_payments, load_channels, open_market
from backoffice.demonstration.morning import say_in_the_morning
from backoffice.demonstration.pay import load_pay
from backoffice.events.models import Event
from backoffice.events.services import NewEvent, record_events
from backoffice.grants.services import install_grant

LOADED = "demonstration.load"


class Command(BaseCommand):
    help = "Loads the users, the firm, its market and the day of the demonstration."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError(
                "Only with DEPLOYMENT=demonstration: its passwords are known to all."
            )
        if Event.objects.filter(subject_type="demonstration", subject_id=1).exists():
            return
        at = timezone.now()
        people = load_people()
        for name, user in people.items():
            install_grant(user=user, role=name, at=at)
        today, before = last_sessions(at, 2)
        load_firm(people, at=at, today=today)
        load_channels(people, at=at)
        open_market(exchange_folder(), evening=before, told=told_of())
        load_day(people, at=at)
        load_pay(people, today=today, at=at)
        expect_payments(exchange_folder(), today=today)
        say_in_the_morning(exchange_folder(), today=today)
        done = NewEvent(kind=LOADED, subject_type="demonstration", subject_id=1)
        record_events([done], actor_id=None, at=at)
