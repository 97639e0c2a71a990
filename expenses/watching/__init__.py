"""When the firm's expense outruns its income: the month, and what drove it."""
