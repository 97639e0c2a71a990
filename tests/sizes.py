"""How large the large tests are: small every day, the documented sizes with `make soak`."""

from __future__ import annotations

import os

SOAK = os.environ.get("TEST_SIZES") == "soak"
PATIENCE_SECONDS = 600.0 if SOAK else 20.0  # until everything of such a size is followed
MANY_ROWS = 100_000 if SOAK else 3_000  # of a file of deals
MANY_DEALS = 100_000 if SOAK else 1_500
SIMULATED_DEALS = 100_000 if SOAK else 300  # of a day through files
PLAIN_DEALS = 100_000 if SOAK else 1_000  # where a plain loop reckons everything again
TIGHT_DEALS = 1_000 if SOAK else 120  # of a day on which everybody is short
LARGE_QUEUE = (
    20_000 if SOAK else 600
)  # instructions with everything that the optimiser's model knows
LIVES, EVERY = (5, 1) if SOAK else (1, 9)  # half years of a house, and how often it works
EVENINGS = 120 if SOAK else 25  # of a bank and our books
HISTORIES, STEPS = (60, 40) if SOAK else (5, 12)  # of a house, and the most steps in one
LIST_SIZES = (10_000, 100_000) if SOAK else (500, 5_000)  # rows of a list's table, before and after
FILE_MUTATIONS = 100_000 if SOAK else 400  # of the sample files, by bytes and by pieces
EXAMPLES = 400 if SOAK else 12  # of statements and payments that are written and read back
EXTREMES = 4_000 if SOAK else 150  # contents at the edge of what each message carries
MORNINGS = 60 if SOAK else 6  # of simulated markets on which work is forecast
