"""Every product on the desk: typed in on the page New deal, and shown as a sentence in both languages."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from django.test import Client

from backoffice.access.models import User
from backoffice.desk.deal_words import PRODUCTS as WORDS
from backoffice.desk.deal_words import SENTENCES
from backoffice.desk.new_deal import INPUTS
from backoffice.openapi import EXAMPLES
from deals.products import PRODUCTS

pytestmark = pytest.mark.usefixtures("own_database")
SAID = {
    "bond": ("Bought 250 of SU26238RMFS4 at 61.23 % from Demo Bank One, accrued 8,462.50 RUB", "НКД 8"),
    "fx_swap": ("and sold back at 1.162 on 28 Dec 2026", "обратная продажа по 1,162"),
    "deposit": ("Placed 10,000,000 RUB with Demo Bank One at 15.5 %", "Размещено 10"),
    "repo": ("bought back on 1 Dec 2026 for 266,397.44", "обратный выкуп"),
}  # fmt: skip


def browser(language: str) -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(User.objects.get(username="dealer"))
    return client


def typed(document: dict[str, Any]) -> dict[str, str]:
    """A posted deal as its form: what stands inside is typed with a dot."""
    flat = {k: v for k, v in document.items() if isinstance(v, str)}
    return flat | {"traded_at": document["traded_at"][:19], "settlement.method": "DVP"}


def test_each_is_typed_in_and_said_in_both_languages() -> None:
    english, russian = browser("en"), browser("ru")
    for product, document in EXAMPLES.items():
        form = typed(document) | {"external_ref": f"T-{product}", "key": product}
        answer = english.post("/deals/new/", form)
        problems = re.findall(r'class="problem">([^<]+)', answer.content.decode())
        assert answer.status_code == 302, (product, problems)
        in_english = english.get(answer["Location"]).content.decode()
        in_russian = russian.get(answer["Location"]).content.decode()
        says, says_too = SAID.get(product, ("", ""))
        assert says in in_english.replace("\xa0", " "), product
        assert says_too in in_russian.replace("\xa0", " "), product
        assert 'class="sentence"' in in_english


def test_an_address_may_name_the_product() -> None:
    page = browser("en").get("/deals/new/", {"product": "deposit"}).content.decode()
    assert '<option value="deposit" selected>' in page
    assert '<option value="place" selected>' in page
    other = browser("en").get("/deals/new/", {"product": "tulips"}).content.decode()
    assert '<option value="equity" selected>' in other


def test_every_product_has_its_words_and_an_input_for_every_member_that_must_be_said() -> None:
    assert set(PRODUCTS) == set(WORDS) == set(SENTENCES) == set(EXAMPLES)
    for name, product in PRODUCTS.items():
        offered = {each.name for each in INPUTS if not each.only or name in each.only.split()}
        must = {f.encode_name for f in msgspec.structs.fields(product.terms) if f.required}
        assert must <= offered | {"currency"}, name
