"""What documents are made from, by example: for previews, and to show what a template may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from backoffice.documents.kinds import LAYOUT, DocumentKind

_BANK = {
    "name": {"en": "Demo Settlement Bank", "ru": "АО «Демо Расчётный банк»"},
    "bic": "044525225", "correspondent": "30101810400000000225", "account": "40702810200000000001",
}  # fmt: skip
_US = {
    "name": {"en": "Sever Securities LLC", "ru": "ООО «Север Брокер»"},
    "code": "999900DEMOSEVERRU017", "inn": "7707083893",
    "address": {"en": "1 Example Street, Moscow", "ru": "г. Москва, ул. Примерная, д. 1"},
    "bank": _BANK,
}  # fmt: skip
_THEM = {
    "name": {"en": "Demo Bank One", "ru": "АО «Демо Банк Один»"}, "code": "999900DEMOBANKONE097",
}  # fmt: skip
_SELLER = {
    "name": {"en": "Vera Alekseevna Sidorova", "ru": "Сидорова Вера Алексеевна"},
    "code": "FL-SIDOROVA", "inn": "500100732259", "birth_date": "1979-03-14",
    "identity": {
        "kind": {"en": "Passport of a citizen of Russia", "ru": "паспорт гражданина РФ"},
        "number": "4510 123456", "issued_by": "ОВД района Хамовники г. Москвы",
        "issued_on": "2010-05-20",
    },
    "address": {
        "en": "12 Sadovaya Street, flat 5, Moscow", "ru": "г. Москва, ул. Садовая, д. 12, кв. 5",
    },
    "bank": {**_BANK, "account": "40817810100000000012"},
}  # fmt: skip
_SECURITIES = {
    "name": {"en": "Sberbank, ordinary share", "ru": "Сбербанк, акция обыкновенная"},
    "isin": "RU0009029540", "quantity": "1000", "price": "312.45", "currency": "RUB",
    "amount": "312450.00",
}  # fmt: skip
_CONTRACT = {"number": "PC-2026/00017", "date": "2026-11-23"}
_PURCHASE = {
    "deal": "D-1024", "buyer": _US, "seller": _SELLER, "securities": _SECURITIES,
    "contract": _CONTRACT, "tax_agent": "no",
    "payment": {"amount": "312450.00", "tax": "0.00", "net": "312450.00", "due": "2026-11-27"},
    "transfer": {
        "from_place": {"en": "Demo depository", "ru": "Демонстрационный депозитарий"},
        "from_account": "SELLER-0012",
        "to_place": {"en": "Demo depository", "ru": "Демонстрационный депозитарий"},
        "to_account": "OWN-0001", "due": "2026-11-25", "credited_on": "2026-11-25",
        "evidence": "НРД-2026-4411",
    },
}  # fmt: skip

SAMPLES: Mapping[str, Mapping[str, Any]] = {
    DocumentKind.CONFIRMATION: {
        "us": _US, "them": _THEM, "agreement": "GMA-2024/3",
        "deal": {
            "reference": "D-1024", "external_ref": "FO-2026-000017", "version": "1", "side": "buy",
            "product": {"en": "Shares", "ru": "Акции"}, "traded_at": "2026-11-23T10:15:00+03:00",
            "trade_date": "2026-11-23", "quantity": "1000", "price": "312.45", "price_in": "RUB", "currency": "RUB",
            "more": [{"title": {"en": "Price kind", "ru": "Вид цены"}, "text": "clean"}],
            "gross": "312450.00", "net": "312606.23", "method": "DVP", "settles_on": "2026-11-24",
        },
        "asset": {
            "name": {"en": "Sberbank", "ru": "Сбербанк"}, "code": "RU0009029540", "scheme": "ISIN",
        },
        "flows": [
            {"kind": "PRINCIPAL", "direction": "RECEIVE", "asset": "RU0009029540", "quantity": "1000",
             "date": "2026-11-24"},
            {"kind": "PRINCIPAL", "direction": "PAY", "asset": "RUB", "quantity": "312450.00",
             "date": "2026-11-24"},
            {"kind": "FEE", "direction": "PAY", "asset": "RUB", "quantity": "156.23",
             "date": "2026-11-24"},
        ],
    },
    DocumentKind.PURCHASE_CONTRACT: _PURCHASE,
    DocumentKind.TRANSFER_ORDER: _PURCHASE,
    DocumentKind.ACCEPTANCE_ACT: _PURCHASE,
    DocumentKind.PAYMENT_ORDER: _PURCHASE,
    DocumentKind.INVOICE: {
        "us": {"name": _US["name"], "code": _US["code"]}, "them": _THEM, "month": "2026-11-01",
        "currency": "RUB", "net": "100.00", "vat": "22.00", "total": "122.00",
        "lines": [
            {"kind": "DATA", "count": "12", "net": "100.00", "vat": "22.00", "total": "122.00",
             "from": "2026-11-02", "until": "2026-11-30"},
        ],
    },
    DocumentKind.AGREEMENT_SHEET: {
        "us": _US, "them": _THEM,
        "agreement": {
            "number": "GMA-2024/3", "kind": {"en": "Master agreement", "ru": "Генеральное соглашение"},
            "signed_on": "2024-02-01", "valid_from": "2024-02-15", "valid_until": "",
            "products": ["equity", "fx_spot"], "currencies": ["RUB", "EUR"], "netting": "yes",
        },
    },
    DocumentKind.MESSAGE_FORM: {
        "us": _US, "place": {"en": "Demo depository", "ru": "Демонстрационный депозитарий"},
        "message": {
            "reference": "OM-17", "called": "S12", "settlement": "S-12", "format": "MT541",
            "sequence": "17", "sha256": "0123456789abcdef",
            "lines": [":16R:GENL", ":20C::SEME//S12", ":23G:NEWM", ":16S:GENL"],
        },
    },
}  # fmt: skip


def sample_of(kind: str) -> str:
    """The sample data of a kind of document, as a template is given it."""
    number, date = {"number": "CF-2026/00042"}, {"date": "2026-11-23"}
    return msgspec.json.encode({**SAMPLES[kind], **number, **date}, order="sorted").decode()


def sample_shown(kind: str) -> str:
    """The same for people; a layout is given that of a confirmation."""
    told = sample_of(DocumentKind.CONFIRMATION if kind == LAYOUT else kind)
    return msgspec.json.format(told.encode(), indent=2).decode()
