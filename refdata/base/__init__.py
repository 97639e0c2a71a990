"""Reference data that every installation begins with, as CSV files, and the loader of them."""
