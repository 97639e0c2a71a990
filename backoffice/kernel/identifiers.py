"""Identifiers of securities, parties and accounts: is a value one, and if not, why not. Pure.

Only the spelling that is stored is accepted: no spaces, no small letters, ASCII digits (a SNILS may
have its dashes or none). The algorithms are python-stdnum's, and ours where it has none or refuses
numbers that are issued (rules, section 8).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from stdnum import bic, cusip, iban, isin, lei, numdb
from stdnum.exceptions import (
    InvalidChecksum,
    InvalidComponent,
    InvalidFormat,
    InvalidLength,
    ValidationError,
)
from stdnum.gb import sedol
from stdnum.ru import inn, ogrn

from backoffice.kernel.errors import Broken

WRONG_LENGTH = "wrong-length"
WRONG_CHARACTERS = "wrong-characters"
UNKNOWN_COUNTRY = "unknown-country"
WRONG_CHECK_DIGIT = "wrong-check-digit"
WRONG_BIK = "wrong-bik"

_CODES = {
    InvalidLength: WRONG_LENGTH,
    InvalidFormat: WRONG_CHARACTERS,
    InvalidComponent: UNKNOWN_COUNTRY,
    InvalidChecksum: WRONG_CHECK_DIGIT,
}

# Prefixes that are no country and that the library does not know: OTC derivatives, digital
# tokens, instruments without a country (ISO 6166:2021, annex A, and ANNA's list).
_MORE_ISIN_PREFIXES = frozenset({"EZ", "XT", "ZZ"})
_IBAN_REGISTRY = numdb.get("iban")

# Check numbers are defined for later ones only (Pension Fund, the format of its reports, p. 8).
_LAST_UNCHECKED_SNILS = "001001998"

# Accounts in the books of the Bank of Russia: correspondent accounts of banks and the Treasury's
# single accounts, whatever the BIK, and every account in a branch of it: banks begin at 050.
_CENTRAL_BANK_ACCOUNTS = ("30101", "40102")
_FIRST_BANK = "050"

Check = Callable[[str], str | None]


class Scheme(NamedTuple):
    """What a value looks like, and what is checked once it does."""

    lengths: tuple[int, ...]
    shape: str
    check: Check

    def problem_with_shape(self, value: str) -> str | None:
        if len(value) not in self.lengths:
            return WRONG_LENGTH
        return None if re.fullmatch(self.shape, value) else WRONG_CHARACTERS


def _through(validate: Callable[[str], str]) -> Check:
    """The library's verdict in our codes."""

    def check(value: str) -> str | None:
        try:
            validate(value)
        except ValidationError as problem:
            return _CODES[type(problem)]
        return None

    return check


def _unless(right: bool) -> str | None:
    return None if right else WRONG_CHECK_DIGIT


def _isin(value: str) -> str | None:
    if value[:2] in _MORE_ISIN_PREFIXES:
        return _unless(isin.calc_check_digit(value[:-1]) == value[-1])
    return _through(isin.validate)(value)


def _iban(value: str) -> str | None:
    """The registry's length for the country, then mod 97. National digits inside are not ours."""
    structure = _IBAN_REGISTRY.info(value)[0][1].get("bban")
    if structure is None:
        return UNKNOWN_COUNTRY
    if len(value) != 4 + sum(map(int, re.findall(r"\d+", structure))):
        return WRONG_LENGTH
    return _through(lambda number: iban.validate(number, check_country=False))(value)


def _ogrnip(value: str) -> str | None:
    """The last digit of the remainder by 13; the library knows no remainder above 9."""
    return _unless(int(value[:-1]) % 13 % 10 == int(value[-1]))


def _snils(value: str) -> str | None:
    """Weights 9 to 1, mod 101, 100 is written 00."""
    digits = re.sub("[- ]", "", value)
    if digits[:9] <= _LAST_UNCHECKED_SNILS:
        return None
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits[:9]))
    return _unless(total % 101 % 100 == int(digits[9:]))


def _no_check_digit(_: str) -> str | None:
    return None


SCHEMES = {
    "ISIN": Scheme((12,), r"[A-Z]{2}[0-9A-Z]{9}[0-9]", _isin),
    "CUSIP": Scheme((9,), r"[0-9A-Z*@#]{8}[0-9]", _through(cusip.validate)),
    "SEDOL": Scheme((7,), r"[0-9B-DF-HJ-NP-TV-Z]{6}[0-9]", _through(sedol.validate)),
    "LEI": Scheme((20,), r"[0-9A-Z]{18}[0-9]{2}", _through(lei.validate)),
    "IBAN": Scheme(tuple(range(15, 35)), r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}", _iban),
    "BIC": Scheme((8, 11), r"[A-Z]{6}[0-9A-Z]{2}([0-9A-Z]{3})?", _through(bic.validate)),
    "INN": Scheme((10, 12), r"[0-9]+", _through(inn.validate)),
    "OGRN": Scheme((13,), r"[1-9][0-9]{12}", _through(ogrn.validate)),
    "OGRNIP": Scheme((15,), r"[34][0-9]{14}", _ogrnip),
    "SNILS": Scheme((11, 14), r"[0-9]{11}|[0-9]{3}-[0-9]{3}-[0-9]{3} [0-9]{2}", _snils),
    "BIK": Scheme((9,), r"[0-9]{9}", _no_check_digit),
}
_ACCOUNT = Scheme((20,), r"[0-9]{20}", _no_check_digit)


def problem_with(scheme: str, value: str) -> str | None:
    """The code of the first thing wrong with a value, or None for a right one."""
    known = SCHEMES.get(scheme)
    if known is None:
        raise Broken(f"no identifier scheme is called {scheme}")
    return known.problem_with_shape(value) or known.check(value)


def problem_with_account(account: str, bik: str) -> str | None:
    """The same for a Russian account, whose key also covers its bank's BIK (CBR order 515).

    The bank's number stands before the account: BIK digits 7-9, or 0 and digits 5-6 for an account
    in the Bank of Russia. Weights are 7, 1, 3, and the last digits of the products sum to a ten.
    An account of the Treasury, which begins with 0, has no key.
    """
    if problem_with("BIK", bik):
        return WRONG_BIK
    problem = _ACCOUNT.problem_with_shape(account)
    if problem or account.startswith("0"):
        return problem
    in_central_bank = account.startswith(_CENTRAL_BANK_ACCOUNTS) or bik[6:] < _FIRST_BANK
    keyed = (f"0{bik[4:6]}" if in_central_bank else bik[6:]) + account
    total = sum(int(digit) * (7, 1, 3)[place % 3] % 10 for place, digit in enumerate(keyed))
    return _unless(total % 10 == 0)


def problem_with_cash_account(number: str, *, bik: str = "") -> str | None:
    """The same for an account at a bank: by the key of a Russian one, by the IBAN of another.

    A number that begins like an IBAN is taken for one; other countries' own numbers have no check.
    """
    if bik:
        return problem_with_account(number, bik)
    if re.match(r"[A-Z]{2}[0-9]{2}", number) and len(number) in SCHEMES["IBAN"].lengths:
        return problem_with("IBAN", number)
    return None if number.strip() == number and number else WRONG_CHARACTERS
