"""What can move: securities and currencies, with their identifiers."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from backoffice.kernel.day_counts import DAY_COUNTS
from backoffice.kernel.schedules import Roll, Stub
from refdata.models.calendars import Calendar
from refdata.models.parties import Party


class AssetKind(models.TextChoices):
    CURRENCY = "CURRENCY"
    SECURITY = "SECURITY"


class InstrumentKind(models.TextChoices):
    SHARE = "SHARE"
    DEPOSITARY_RECEIPT = "DEPOSITARY_RECEIPT"
    FUND = "FUND"
    BOND = "BOND"


class Asset(models.Model):
    """What a flow, an obligation or a posting moves: a currency or a security."""

    kind = models.CharField(max_length=8, choices=AssetKind)
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=200)
    name_ru = models.CharField(max_length=200, blank=True, db_default="")
    decimals = models.SmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.code


class Currency(models.Model):
    """A currency of ISO 4217 with its minor unit."""

    asset = models.OneToOneField(Asset, models.PROTECT, primary_key=True, related_name="currency")
    code = models.CharField(max_length=3, unique=True)
    numeric = models.CharField(max_length=3, blank=True, db_default="")
    minor_unit = models.SmallIntegerField()
    withdrawn_date = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "currencies"

    def __str__(self) -> str:
        return self.code


class CurrencyIdentifier(models.Model):
    """What others call a currency, such as the Bank of Russia's `R01235`; unique in its scheme."""

    currency = models.ForeignKey(
        Currency, models.PROTECT, to_field="code", db_column="currency", related_name="identifiers"
    )
    scheme = models.CharField(max_length=8)
    value = models.CharField(max_length=20)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scheme", "value"], name="currencyidentifier_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


class CurrencyCalendar(models.Model):
    """Which calendar says when a currency can be paid. Dated."""

    currency = models.ForeignKey(
        Currency, models.PROTECT, to_field="code", db_column="currency", related_name="calendars"
    )
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="+")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["currency", "valid_from"], name="currencycalendar_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="currencycalendar_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency_id} {self.calendar}"


class CurrencyPair(models.Model):
    """A pair that is dealt, as the market writes it: one `base` for so much `quote`. Dated.

    `spot_days` is how many business days after the trade date spot is paid; in a cross it is the
    longer of its two legs. A pair is no asset: what moves are its two currencies.
    """

    base = models.ForeignKey(
        Currency, models.PROTECT, to_field="code", db_column="base", related_name="+"
    )
    quote = models.ForeignKey(
        Currency, models.PROTECT, to_field="code", db_column="quote", related_name="+"
    )
    spot_days = models.SmallIntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        constraints: ClassVar = [
            # The same two currencies the other way round are the same pair.
            models.UniqueConstraint(
                Least("base", "quote"), Greatest("base", "quote"), "valid_from",
                name="currencypair_once",
            ),
            models.CheckConstraint(condition=~Q(base=F("quote")), name="currencypair_of_two"),
            models.CheckConstraint(
                condition=Q(spot_days__gte=0) & Q(spot_days__lte=5), name="currencypair_spot_days"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="currencypair_dated",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.base_id}/{self.quote_id}"


class Instrument(models.Model):
    """A security that can be dealt: its market decides its calendar and settlement cycle."""

    asset = models.OneToOneField(Asset, models.PROTECT, primary_key=True, related_name="instrument")
    isin = models.CharField(max_length=12, unique=True, null=True)
    ticker = models.CharField(max_length=20, blank=True, db_default="")
    kind = models.CharField(max_length=20, choices=InstrumentKind)
    currency = models.CharField(max_length=3)
    market = models.CharField(max_length=4)
    lot_size = models.IntegerField(default=1)
    nominal = models.DecimalField(max_digits=28, decimal_places=12, null=True, blank=True)
    nominal_currency = models.CharField(max_length=3, blank=True, db_default="")
    issue_size = models.BigIntegerField(null=True, blank=True)
    registration_number = models.CharField(max_length=40, blank=True, db_default="")
    status = models.CharField(max_length=10, default="ACTIVE", db_default="ACTIVE")
    issuer = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.ticker} {self.isin}"


class InstrumentIdentifier(models.Model):
    """What others know an instrument by; a value is unique in its scheme."""

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="identifiers")
    scheme = models.CharField(max_length=12)
    value = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scheme", "value"], name="instrumentidentifier_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


class BondTerms(models.Model):
    """What a bond promises. `coupon_rate` is a fraction a year; the nominal stands on the instrument.

    Coupons come `frequency` times a year or every so many days; filled in as sources tell. A bond
    without repayment dates is repaid at maturity, one without shares in equal parts. A first or last
    period may be odd (`stub`). What accrues is rounded for one bond, or once for a whole deal.
    """

    instrument = models.OneToOneField(
        Instrument, models.PROTECT, primary_key=True, related_name="bond_terms"
    )
    start_date = models.DateField(null=True, blank=True)
    maturity_date = models.DateField(null=True, blank=True)
    coupon_rate = models.DecimalField(max_digits=28, decimal_places=12, null=True, blank=True)
    day_count = models.CharField(
        max_length=20, choices=[(name, name) for name in DAY_COUNTS], default="ACT/365F",
        db_default="ACT/365F",
    )  # fmt: skip
    frequency = models.SmallIntegerField(null=True, blank=True)
    every_days = models.SmallIntegerField(null=True, blank=True)
    repayment_dates = ArrayField(models.DateField(), db_default=[], default=list, blank=True)
    repayment_shares = ArrayField(
        models.DecimalField(max_digits=28, decimal_places=12),
        db_default=[],
        default=list,
        blank=True,
    )
    calendar = models.ForeignKey(Calendar, models.PROTECT, null=True, blank=True, related_name="+")
    roll = models.CharField(
        max_length=20, choices=[(each.value, each.value) for each in Roll], default="NONE",
        db_default="NONE",
    )  # fmt: skip

    stub = models.CharField(
        max_length=12, choices=[(each.value, each.value) for each in Stub], default="SHORT_FRONT",
        db_default="SHORT_FRONT",
    )  # fmt: skip
    rounds_per_bond = models.BooleanField(default=True, db_default=True)

    class Meta:
        verbose_name_plural = "bond terms"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(maturity_date__gt=F("start_date")), name="bond_starts_before_it_matures"
            ),
            models.CheckConstraint(
                condition=Q(coupon_rate__isnull=True) | Q(coupon_rate__gte=0),
                name="bond_coupon_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return str(self.instrument)


class BondPayment(models.Model):
    """One coupon or repayment of one bond, laid out from its terms; per bond, in its currency."""

    class Kind(models.TextChoices):
        COUPON = "COUPON"
        REPAYMENT = "REPAYMENT"

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="payments")
    kind = models.CharField(max_length=9, choices=Kind)
    start_date = models.DateField()
    end_date = models.DateField()
    payment_date = models.DateField()
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    outstanding = models.DecimalField(max_digits=24, decimal_places=4)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["instrument", "kind", "end_date"], name="bondpayment_once"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0)
                & Q(outstanding__gte=0)
                & Q(end_date__gt=F("start_date")),
                name="bondpayment_makes_sense",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.end_date}"
