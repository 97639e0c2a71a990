"""How large the large tests are: small every day, the documented sizes with `make soak`."""

from __future__ import annotations

import os

SOAK = os.environ.get("TEST_SIZES") == "soak"
MANY_DEALS = 100_000 if SOAK else 3_000
