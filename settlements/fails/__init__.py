"""Fails: what each day of one costs and whom, what the place says of it, claims and buy-ins."""
