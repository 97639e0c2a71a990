"""Payments that a firm orders from its bank."""
