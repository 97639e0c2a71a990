"""The kinds of dated rules of deals, found here when the applications are loaded."""

from deals import tax_agents
from deals.checks import kinds as checks
from deals.confirming import kinds as confirming
from deals.processing import kinds as processing
from deals.repairing import processing as repairing

__all__ = ["checks", "confirming", "processing", "repairing", "tax_agents"]
