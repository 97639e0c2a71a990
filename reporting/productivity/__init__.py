"""What people got done: counted from items that are over, and from the log."""
