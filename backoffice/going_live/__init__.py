"""Going live: the books of a firm as a folder of files, written by one installation and opened in another.

A folder says how everything stands on the evening of a day, by codes and numbers that people know. `export_books`
writes one, `open_books` opens an empty installation with one, whoever wrote it: all of it, or nothing.
"""
