"""The tables of the app; each package declares its own."""

from expenses.allocating.models import AllocationKey as AllocationKey
from expenses.allocating.models import AllocationShare as AllocationShare
from expenses.assets.models import FixedAsset as FixedAsset
from expenses.assets.models import UnitsProduced as UnitsProduced
from expenses.budgets.models import Budget as Budget
from expenses.budgets.models import BudgetLine as BudgetLine
from expenses.centres import CostCentre as CostCentre
from expenses.costs.models import Cost as Cost
from expenses.costs.models import CostContract as CostContract
from expenses.costs.models import InvoicePayment as InvoicePayment
from expenses.costs.models import SupplierInvoice as SupplierInvoice
from expenses.costs.models import SupplierInvoiceLine as SupplierInvoiceLine
from expenses.costs.models import SupplierInvoiceShare as SupplierInvoiceShare
from expenses.fees.models import FeeAccrual as FeeAccrual
from expenses.fees.models import FeeBreak as FeeBreak
from expenses.fees.models import FeeInvoice as FeeInvoice
from expenses.fees.models import FeeInvoiceLine as FeeInvoiceLine
from expenses.fees.models import FeeLine as FeeLine
from expenses.fees.models import FeeStatement as FeeStatement
from expenses.payroll.models import PayrollJournal as PayrollJournal
from expenses.payroll.models import PayrollLine as PayrollLine
from expenses.payroll.models import PayrollRemark as PayrollRemark
from expenses.watching.models import AlertDriver as AlertDriver
from expenses.watching.models import ExpenseAlert as ExpenseAlert
from expenses.watching.models import MonthlyResult as MonthlyResult
