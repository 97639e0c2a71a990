"""The reports: one file each, from parameters and knowledge to rows. They read everything, change nothing."""

from reporting.reports import positions, settled_deals
from reporting.reports.base import Column, Parameter, Report

REPORTS: dict[str, Report] = {
    report.name: report for report in (settled_deals.REPORT, positions.REPORT)
}

__all__ = ["REPORTS", "Column", "Parameter", "Report"]
