"""Processes as data: what a case of each must go through, and what happens by itself. Pure."""
