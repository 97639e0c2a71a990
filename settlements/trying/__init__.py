"""What would settle if something came in or were let go: tried on the live queue, nothing is written."""
