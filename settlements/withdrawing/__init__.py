"""Clients take money out: what they owe of tax is kept back first, the rest is paid to their bank."""
