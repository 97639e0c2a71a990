"""`make bench`: our whole features against bare references, measured in the same run."""
