"""Plants mistakes in the files of a day; a program by itself, see `command.py`."""
