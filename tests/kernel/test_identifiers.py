"""Identifiers: every vector of the rules, the border of each check, and what no check lets pass."""

from __future__ import annotations

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backoffice.kernel.errors import Broken
from backoffice.kernel.identifiers import SCHEMES, problem_with, problem_with_account

ALPHABET = string.digits + string.ascii_uppercase
digit = st.sampled_from(string.digits)


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text(digit, min_size=length, max_size=length)


def changed(value: str, place: int, to: str) -> str:
    assume(value[place] != to)
    return value[:place] + to + value[place + 1 :]


VALID = [
    ("ISIN", "US0378331005"), ("ISIN", "RU0009029540"), ("ISIN", "RU0007661625"), ("ISIN", "AU0000XVGZA3"),
    ("CUSIP", "037833100"), ("SEDOL", "0263494"),
    ("LEI", "7LTWFZYICNSX8D621K86"), ("LEI", "5493001KJTIIGC8Y1R12"),
    ("IBAN", "GB82WEST12345698765432"), ("IBAN", "DE89370400440532013000"),
    ("BIC", "DEUTDEFF"), ("BIC", "SABRRUMM"),
    ("INN", "7707083893"), ("INN", "7736050003"), ("INN", "500100732259"),
    ("OGRN", "1027700132195"), ("OGRNIP", "304500116000157"), ("SNILS", "112-233-445 95"),
]  # fmt: skip
INVALID = [
    ("ISIN", "US0378331006"), ("CUSIP", "037833101"), ("SEDOL", "0263495"),
    ("LEI", "7LTWFZYICNSX8D621K87"), ("IBAN", "GB83WEST12345698765432"),
    ("INN", "7707083894"), ("INN", "500100732250"), ("OGRN", "1027700132196"), ("SNILS", "112-233-445 96"),
]  # fmt: skip
ACCOUNTS = [
    ("40602810700000000025", "049805746"), ("30101810800000000746", "049805000"),
    ("40102810100000010001", "040305000"), ("30101810400000000225", "044525225"),
    ("40702810200000000001", "044525225"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "value"), [pytest.param(*each, id=f"{each[0]}: {each[1]}") for each in VALID]
)
def test_an_identifier_of_the_rules_is_right(scheme: str, value: str) -> None:
    assert problem_with(scheme, value) is None


@pytest.mark.parametrize(
    ("scheme", "value"), [pytest.param(*each, id=f"{each[0]}: not {each[1]}") for each in INVALID]
)
def test_a_wrong_check_digit_of_the_rules_is_found(scheme: str, value: str) -> None:
    assert problem_with(scheme, value) == "wrong-check-digit"


@pytest.mark.parametrize(
    ("account", "bik"),
    [pytest.param(*each, id=f"Account + BIK: {each[0]} {each[1]}") for each in ACCOUNTS],
)
def test_an_account_of_the_rules_belongs_to_its_bik(account: str, bik: str) -> None:
    assert problem_with_account(account, bik) is None


@pytest.mark.parametrize(
    ("scheme", "value", "problem"),
    [
        pytest.param("BIC", "DEUT12FF", "wrong-characters", id="BIC: not DEUT12FF"),
        ("BIC", "DEUTZZFF", "unknown-country"),
        ("BIC", "DEUTDEFF5", "wrong-length"),
        ("BIC", "DEUTDEFF500", None),
        ("BIC", "deutdeff", "wrong-characters"),
        ("ISIN", "US037833100", "wrong-length"),
        ("ISIN", "US03783310055", "wrong-length"),
        ("ISIN", "US0378331005\n", "wrong-length"),
        ("ISIN", "us0378331005", "wrong-characters"),
        ("ISIN", "QZ0378331005", "unknown-country"),
        ("ISIN", "", "wrong-length"),
        pytest.param("ISIN", "XTV15WLZJMF0", None, id="ISIN: a digital token, Bitcoin"),
        ("ISIN", "XTV15WLZJMF1", "wrong-check-digit"),
        ("SEDOL", " 263494", "wrong-characters"),
        ("SEDOL", "B15KXQ8", None),
        ("SEDOL", "A15KXQ8", "wrong-characters"),
        ("LEI", "7LTWFZYICNSX8D621K8", "wrong-length"),
        ("IBAN", "GB82WEST1234569876543", "wrong-length"),
        ("IBAN", "ZZ82WEST12345698765432", "unknown-country"),
        ("IBAN", "GB82 WEST 1234 5698 7654 32", "wrong-characters"),
        ("INN", "77070838931", "wrong-length"),
        pytest.param("INN", "٧٧٠٧٠٨٣٨٩٣", "wrong-characters", id="INN: Arabic digits"),
        ("OGRN", "0027700132195", "wrong-characters"),
        ("OGRNIP", "304500116000158", "wrong-check-digit"),
        pytest.param("OGRNIP", "304500116000180", None, id="OGRNIP: remainder 10 is written 0"),
        pytest.param("OGRNIP", "304500116000202", None, id="OGRNIP: remainder 12 is written 2"),
        ("SNILS", "11223344595", None),
        ("SNILS", "112 233 445 95", "wrong-characters"),
        ("SNILS", "11223344595 95", "wrong-characters"),
        pytest.param("SNILS", "087-654-302 00", None, id="SNILS: remainder 100 is written 00"),
        pytest.param("SNILS", "00100199900", "wrong-check-digit", id="SNILS: the first with a check"),
        pytest.param("SNILS", "00100199800", None, id="SNILS: the last without"),
        ("BIK", "044525225", None),
        ("BIK", "04452522", "wrong-length"),
    ],
)  # fmt: skip
def test_the_first_thing_wrong_is_named(scheme: str, value: str, problem: str | None) -> None:
    assert problem_with(scheme, value) == problem


@pytest.mark.parametrize(
    ("account", "bik", "problem"),
    [
        pytest.param(
            "40602810800000000025", "049805746", "wrong-check-digit",
            id="Account + BIK: not 40602810800000000025",
        ),
        pytest.param("40602810700000000025", "049805747", "wrong-check-digit", id="another bank's BIK"),
        pytest.param("30101810400000000225", "044528225", "wrong-check-digit", id="another region's BIK"),
        pytest.param("40102810545370000003", "004525988", None, id="the Treasury's single account"),
        pytest.param("40101810800000010041", "044583001", None, id="an account in a branch of the Bank of Russia"),
        pytest.param("03100643000000018500", "017003983", None, id="an account of the Treasury has no key"),
        pytest.param("4060281070000000002", "049805746", "wrong-length", id="19 digits"),
        pytest.param("4060281070000000002X", "049805746", "wrong-characters", id="a letter"),
        pytest.param("40602810700000000025", "04980574", "wrong-bik", id="a short BIK"),
    ],
)  # fmt: skip
def test_an_account_is_judged_with_its_bik(account: str, bik: str, problem: str | None) -> None:
    assert problem_with_account(account, bik) == problem


def test_an_unknown_scheme_is_a_defect() -> None:
    with pytest.raises(Broken, match="VAT"):
        problem_with("VAT", "DE136695976")


@given(st.sampled_from(sorted(SCHEMES)), st.text(max_size=40) | st.text(ALPHABET, max_size=35))
def test_whatever_is_typed_is_judged(scheme: str, value: str) -> None:
    if problem_with(scheme, value) is None:
        assert value.isascii()
        assert value == value.strip().upper()


@given(digits(9), st.text(ALPHABET, min_size=9, max_size=9), st.data())
def test_one_wrong_digit_of_an_isin_is_always_found(
    numbers: str, letters: str, data: st.DataObject
) -> None:
    prefix = data.draw(st.sampled_from(["US", "RU", "XS", "EZ", "XT", "ZZ"]))
    body = prefix + "".join(
        data.draw(st.sampled_from(pair)) for pair in zip(numbers, letters, strict=True)
    )
    luhn = [int(each) for each in "".join(str(int(each, 36)) for each in body)][::-1]
    total = sum(sum(divmod(2 * each, 10)) for each in luhn[::2]) + sum(luhn[1::2])
    value = f"{body}{-total % 10}"
    place = data.draw(st.sampled_from([at for at, each in enumerate(value) if each.isdigit()]))

    assert problem_with("ISIN", value) is None
    assert problem_with("ISIN", changed(value, place, data.draw(digit))) == "wrong-check-digit"


@given(st.text(ALPHABET, min_size=18, max_size=18), st.data())
def test_one_wrong_character_of_an_lei_is_found_if_it_is_of_the_same_kind(
    body: str, data: st.DataObject
) -> None:
    number = int("".join(str(int(each, 36)) for each in body))
    value = f"{body}{98 - number * 100 % 97:02d}"
    place = data.draw(st.integers(0, 19))
    kind = string.digits if value[place].isdigit() else string.ascii_uppercase
    other = changed(value, place, data.draw(st.sampled_from(kind)))

    assert problem_with("LEI", value) is None
    assert problem_with("LEI", other) == "wrong-check-digit"


TEN = (2, 4, 10, 3, 5, 9, 4, 6, 8)
TWELVE = ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))


def remainder(weights: tuple[int, ...], number: str) -> int:
    return sum(weight * int(each) for weight, each in zip(weights, number, strict=False)) % 11


@given(digits(9), st.integers(0, 9), digit)
def test_one_wrong_digit_of_a_company_inn_is_found_unless_10_is_written_as_0(
    body: str, place: int, to: str
) -> None:
    value = f"{body}{remainder(TEN, body) % 10}"
    other = changed(value, place, to)
    hidden = {remainder(TEN, value), remainder(TEN, other)} == {0, 10}

    assert problem_with("INN", value) is None
    assert problem_with("INN", other) == (None if hidden else "wrong-check-digit")


@given(digits(10), st.integers(0, 11), digit)
def test_one_wrong_digit_of_a_person_s_inn_is_found_unless_10_is_written_as_0_twice(
    body: str, place: int, to: str
) -> None:
    value = body
    for weights in TWELVE:
        value += str(remainder(weights, value) % 10)
    other = changed(value, place, to)
    hidden = [{remainder(each, value), remainder(each, other)} == {0, 10} for each in TWELVE]

    assert problem_with("INN", value) is None
    assert problem_with("INN", other) == (None if all(hidden) else "wrong-check-digit")


@given(digits(15), digits(9), st.data())
def test_the_key_of_an_account_is_one_digit_and_covers_every_other(
    rest: str, bik: str, data: st.DataObject
) -> None:
    """The key is three times the sum that the account has with a 0 in its place, mod 10."""
    assume(bik[6:] >= "050")
    keyed = f"{bik[6:]}40702{rest[:3]}0{rest[4:]}"
    products = [int(each) * weight for each, weight in zip(keyed, (7, 1, 3) * 8, strict=False)]
    key = sum(product % 10 for product in products) * 3 % 10
    account = f"40702{rest[:3]}{key}{rest[4:]}"
    place = data.draw(st.integers(5, 19))

    assert problem_with_account(account, bik) is None
    assert problem_with_account(changed(account, place, data.draw(digit)), bik) is not None
