"""Playing an outside place: its books, its cycles, its files. It knows nothing of our database."""
