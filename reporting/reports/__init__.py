"""The reports: one file each, from parameters and knowledge to rows. They read everything, change nothing."""

from reporting.reports import (
    balance_sheet,
    bookkeeping_documents,
    cash_ladder,
    client_report,
    document_register,
    fails,
    foreign_withholding,
    general_journal,
    income_statement,
    internal_registers,
    ledger_batch,
    limit_journal,
    ndfl_certificates,
    ndfl_form,
    ndfl_register,
    overview,
    payroll_register,
    profit_tax_register,
    realised_result,
    regulatory_trades,
    result_attribution,
    segregation,
    settled_deals,
    settlement_and_positions,
    turnover_sheet,
    vat_register,
)
from reporting.reports.base import Column, Parameter, Report, Section

REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        overview.REPORT,
        settlement_and_positions.REPORT,
        realised_result.REPORT,
        settled_deals.REPORT,
        ndfl_register.REPORT,
        ndfl_form.REPORT,
        ndfl_certificates.REPORT,
        payroll_register.REPORT,
        vat_register.REPORT,
        foreign_withholding.REPORT,
        profit_tax_register.REPORT,
        segregation.REPORT,
        cash_ladder.REPORT,
        fails.REPORT,
        balance_sheet.REPORT,
        income_statement.REPORT,
        result_attribution.REPORT,
        turnover_sheet.REPORT,
        general_journal.REPORT,
        ledger_batch.REPORT,
        bookkeeping_documents.REPORT,
        client_report.REPORT,
        internal_registers.REPORT,
        limit_journal.REPORT,
        document_register.REPORT,
        regulatory_trades.REPORT,
    )
}

__all__ = ["REPORTS", "Column", "Parameter", "Report", "Section"]
