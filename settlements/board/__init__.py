"""The settlement board: what is open, how old it is, what it waits for, and what it puts at risk."""
