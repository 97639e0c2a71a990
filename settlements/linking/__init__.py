"""Links between settlements that a person gives and ends: with, before, after."""
