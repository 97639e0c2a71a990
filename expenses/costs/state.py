"""The kinds of cost, the lives of a contract and of a supplier's invoice, and why an invoice is not explained.

Contract  PROPOSED --sign (other eyes)--> SIGNED --end (other eyes): with its last day--> ENDED
              |--decline (other eyes)--> DECLINED
Invoice   RECEIVED --book (other eyes): a cost--> BOOKED --pay (a line of a bank, all of it)--> PAID
              |                                   BOOKED <--unpay (the match of a line is undone)-- PAID
              |--decline (other eyes)--> DECLINED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class CostKind(TextChoices):
    """What money is spent on."""

    RENT = "RENT", _("Rent")
    DATA = "DATA", _("Market data")
    DEPOSITORY = "DEPOSITORY", _("Depositories and registrars")
    OUTSOURCING = "OUTSOURCING", _("Outsourcing")
    SOFTWARE = "SOFTWARE", _("Software and support")
    COMMUNICATION = "COMMUNICATION", _("Communication")
    LEGAL = "LEGAL", _("Legal services and audit")
    OTHER = "OTHER", _("Other expenses")
    PERSONNEL = "PERSONNEL", _("Pay and social contributions")
    DEPRECIATION = "DEPRECIATION", _("Depreciation")


# What a supplier is paid for; the others are costs without one.
BOUGHT = (
    CostKind.RENT, CostKind.DATA, CostKind.DEPOSITORY, CostKind.OUTSOURCING, CostKind.SOFTWARE,
    CostKind.COMMUNICATION, CostKind.LEGAL, CostKind.OTHER,
)  # fmt: skip
BOUGHT_CHOICES = [(kind.value, kind.label) for kind in BOUGHT]


class Source(TextChoices):
    """What a cost was booked for."""

    INVOICE = "supplierinvoice", _("Invoice of a supplier")
    ACCRUAL = "costaccrual", _("Contract whose invoice is not there yet")
    DEPRECIATION = "depreciation", _("Depreciation of a month")
    PAYROLL = "payrolljournal", _("Payroll journal")


class ContractState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    SIGNED = "SIGNED", _("In the register")
    ENDED = "ENDED", pgettext_lazy("contract", "Ended")
    DECLINED = "DECLINED", _("Declined")


CONTRACT_LIFECYCLE = Lifecycle(
    subject="costcontract",
    states=ContractState.values,
    initial=ContractState.PROPOSED,
    transitions=[
        Transition(
            name="sign", sources=(ContractState.PROPOSED,), target=ContractState.SIGNED,
            four_eyes=True,
        ),
        Transition(
            name="decline", sources=(ContractState.PROPOSED,), target=ContractState.DECLINED,
            four_eyes=True,
        ),
        Transition(
            name="end", sources=(ContractState.SIGNED,), target=ContractState.ENDED, four_eyes=True
        ),
    ],
)  # fmt: skip
IN_REGISTER = (ContractState.SIGNED, ContractState.ENDED)


class SupplierInvoiceState(TextChoices):
    RECEIVED = "RECEIVED", _("Received")
    BOOKED = "BOOKED", _("Booked")
    PAID = "PAID", _("Paid")
    DECLINED = "DECLINED", _("Declined")


SUPPLIER_INVOICE_LIFECYCLE = Lifecycle(
    subject="supplierinvoice",
    states=SupplierInvoiceState.values,
    initial=SupplierInvoiceState.RECEIVED,
    transitions=[
        Transition(
            name="book", sources=(SupplierInvoiceState.RECEIVED,),
            target=SupplierInvoiceState.BOOKED, four_eyes=True,
        ),
        Transition(
            name="decline", sources=(SupplierInvoiceState.RECEIVED,),
            target=SupplierInvoiceState.DECLINED, four_eyes=True,
        ),
        Transition(
            name="pay", sources=(SupplierInvoiceState.BOOKED,), target=SupplierInvoiceState.PAID,
            by_rule=True,
        ),
        Transition(
            name="unpay", sources=(SupplierInvoiceState.PAID,), target=SupplierInvoiceState.BOOKED,
            by_rule=True,
        ),
    ],
)  # fmt: skip
LIVE_INVOICES = (
    SupplierInvoiceState.RECEIVED,
    SupplierInvoiceState.BOOKED,
    SupplierInvoiceState.PAID,
)


class FoundBy(TextChoices):
    """By which rule an invoice was matched with a contract, in the order in which they are asked."""

    NUMBER = "NUMBER", _("Number of the contract")
    AMOUNT = "AMOUNT", _("Supplier, amount and months")


class Unexplained(TextChoices):
    """Why an invoice does not stand explained by a contract."""

    NO_CONTRACT = "NO_CONTRACT", _("No contract with the supplier is in the register")
    OVER = "OVER", _("The contract was over by then")
    NOT_COVERED = "NOT_COVERED", _("The contract does not cover these months")
    TWICE = "TWICE", _("These months are billed already")
    CURRENCY = "CURRENCY", _("Another currency than the contract's")
    AMOUNT = "AMOUNT", _("Another amount than the contract's")
    SEVERAL = "SEVERAL", _("Several contracts fit")
    VAT = "VAT", _("VAT at another rate than the rule of the service")
