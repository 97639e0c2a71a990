"""What banks say, one file a subject."""

from reconciliation.models.statements import RepeatedLine, Statement, StatementLine

__all__ = ("RepeatedLine", "Statement", "StatementLine")
