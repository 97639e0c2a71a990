"""Until when a place takes instructions in, and settles them: cut-offs by method, in its own time."""
