"""The reports: one file each, from parameters and knowledge to rows. They read everything, change nothing."""

from reporting.reports import (
    fails,
    realised_result,
    segregation,
    settled_deals,
    settlement_and_positions,
)
from reporting.reports.base import Column, Parameter, Report, Section

REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        settlement_and_positions.REPORT,
        realised_result.REPORT,
        settled_deals.REPORT,
        segregation.REPORT,
        fails.REPORT,
    )
}

__all__ = ["REPORTS", "Column", "Parameter", "Report", "Section"]
