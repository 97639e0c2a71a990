"""The tables of the app; each package declares its own."""

from expenses.centres import CostCentre as CostCentre
from expenses.fees.models import FeeAccrual as FeeAccrual
from expenses.fees.models import FeeBreak as FeeBreak
from expenses.fees.models import FeeInvoice as FeeInvoice
from expenses.fees.models import FeeInvoiceLine as FeeInvoiceLine
from expenses.fees.models import FeeLine as FeeLine
from expenses.fees.models import FeeStatement as FeeStatement
from expenses.payroll.models import PayrollJournal as PayrollJournal
from expenses.payroll.models import PayrollLine as PayrollLine
from expenses.payroll.models import PayrollRemark as PayrollRemark
