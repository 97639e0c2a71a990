"""Settling together what two sides owe each other: one atomic set, settled by its net."""
