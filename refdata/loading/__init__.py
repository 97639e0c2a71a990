"""Loaders of files that others wrote: a pure parser, a set-based writer, a command each."""
