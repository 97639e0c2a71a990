"""What waits for people: which role has to do what, opened and closed by the events that say so."""
