"""What public registers say of markets, banks and companies. Loaded from them, never invented here."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Market(models.Model):
    """A market of ISO 10383; a segment names the market that operates it.

    The database lets an instrument name only a market that stands here.
    """

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        UPDATED = "UPDATED"
        EXPIRED = "EXPIRED"

    mic = models.CharField(max_length=4, unique=True)
    operating_mic = models.CharField(max_length=4)
    name = models.CharField(max_length=250)
    legal_name = models.CharField(max_length=250, blank=True, db_default="")
    lei = models.CharField(max_length=20, blank=True, db_default="")
    category = models.CharField(max_length=4, blank=True, db_default="")
    country = models.CharField(max_length=2)
    city = models.CharField(max_length=120, blank=True, db_default="")
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    created_date = models.DateField(null=True, blank=True)
    expiry_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(mic__regex=r"^[A-Z0-9]{4}$"), name="market_mic_shape"
            ),
        ]

    def __str__(self) -> str:
        return self.mic


class Bank(models.Model):
    """A bank or branch of it as a directory lists it: by BIK (Bank of Russia) or BIC (SWIFT)."""

    class Scheme(models.TextChoices):
        BIK = "BIK"
        BIC = "BIC"

    scheme = models.CharField(max_length=3, choices=Scheme)
    code = models.CharField(max_length=11)
    name = models.CharField(max_length=200)
    branch = models.CharField(max_length=120, blank=True, db_default="")
    country = models.CharField(max_length=2, blank=True, db_default="")
    city = models.CharField(max_length=120, blank=True, db_default="")
    licence = models.CharField(max_length=12, blank=True, db_default="")
    swift = models.CharField(max_length=11, blank=True, db_default="")
    status = models.CharField(max_length=4, blank=True, db_default="")
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scheme", "code"], name="bank_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class BankAccount(models.Model):
    """An account of a bank in the directory of the Bank of Russia, and the unit that keeps it."""

    bank = models.ForeignKey(Bank, models.PROTECT, related_name="accounts")
    number = models.CharField(max_length=20)
    kind = models.CharField(max_length=4)
    kept_at = models.CharField(max_length=9)
    status = models.CharField(max_length=4, blank=True, db_default="")
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bank", "number"], name="bankaccount_once"),
        ]

    def __str__(self) -> str:
        return self.number


class IbanStructure(models.Model):
    """How a country writes its IBANs: length, and the parts of the account number inside."""

    country = models.CharField(max_length=2, unique=True)
    length = models.SmallIntegerField()
    structure = models.CharField(max_length=60)
    is_sepa = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.country} {self.structure}"


class LegalEntity(models.Model):
    """A legal entity as the global LEI register has it; a lapsed registration still names it."""

    lei = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=250)
    country = models.CharField(max_length=2, blank=True, db_default="")
    category = models.CharField(max_length=40, blank=True, db_default="")
    status = models.CharField(max_length=10)
    registration = models.CharField(max_length=30)
    renewal_date = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "legal entities"

    def __str__(self) -> str:
        return f"{self.lei} {self.name}"


class ListedSecurity(models.Model):
    """The symbols that a list knows an ISIN by; none means that it knows the ISIN only."""

    isin = models.CharField(max_length=12, unique=True)
    symbols = ArrayField(models.CharField(max_length=20), db_default=[], default=list)

    class Meta:
        verbose_name_plural = "listed securities"

    def __str__(self) -> str:
        return f"{self.isin} {', '.join(self.symbols)}"


class ListedCompany(models.Model):
    """A company of an index, by its symbol there and its number with the US regulator."""

    symbol = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=200)
    cik = models.CharField(max_length=10)
    sector = models.CharField(max_length=80, blank=True, db_default="")

    class Meta:
        verbose_name_plural = "listed companies"

    def __str__(self) -> str:
        return f"{self.symbol} {self.name}"
