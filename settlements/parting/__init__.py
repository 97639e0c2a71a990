"""Settlements that become final in parts: what a part may be, and what of the money goes with it."""
