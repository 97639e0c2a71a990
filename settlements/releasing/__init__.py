"""What to release towards an outside place, in which order, and what became of it.

Read in this order: `model`, `chances` (how likely each counterparty delivers or pays), `choosing` (what goes
now, what waits for what, what to borrow). Both pure.
"""
