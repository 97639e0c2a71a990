"""The books as an accountant states them: by the lines of IFRS, in one currency, by a dated policy."""
