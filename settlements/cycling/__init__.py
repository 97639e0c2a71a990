"""Settlement cycles: when runs are asked for by the clock of a place, and which is the last of a day."""
