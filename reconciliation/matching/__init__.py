"""Which line of a statement is which movement of our books: decided by rules, explained, undone by people."""
