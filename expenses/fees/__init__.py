"""Fees: accrued by dated schedules once for each cause, invoiced, and compared with what others bill."""
