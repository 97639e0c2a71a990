"""Helping whoever types a deal: what may be the same one, what is unusual, what the last one alike had."""
