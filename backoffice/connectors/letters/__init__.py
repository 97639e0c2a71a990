"""Letters to counterparties: e-mails that a process has written by itself, each a message like others."""
