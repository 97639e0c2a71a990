"""Screening: parties, places and instruments against lists of those with whom we may not deal."""
