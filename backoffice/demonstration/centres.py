"""The cost centres of the demonstration's entities."""

from __future__ import annotations

from backoffice.demonstration.instructions import SINCE
from expenses.centres import CostCentre
from refdata.models import Book, Entity

# entity, code, name, Russian name, book
CENTRES = (
    ("RUS", "DESK", "Trading desk", "Торговый отдел", "EQ-RU"),
    ("RUS", "BACK", "Back office", "Бэк-офис", None),
    ("RUS", "MGMT", "Management", "Дирекция", None),
    ("EUR", "DESK", "Trading desk", "Торговый отдел", "EQ-EU"),
)


def load_centres() -> None:
    for entity, code, name, name_ru, book in CENTRES:
        CostCentre.objects.get_or_create(
            entity=Entity.objects.get(code=entity), code=code,
            defaults={
                "name": name, "name_ru": name_ru, "valid_from": SINCE,
                "book": Book.objects.get(code=book) if book else None,
            },
        )  # fmt: skip
