"""Files of deals in columns that others chose: read, mapped by rules of ours, previewed, taken in, undone."""
