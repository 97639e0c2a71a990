"""From canonical rows to files. The rows are the truth; a file is one way to look at them."""

from reporting.formats.files import FORMATS, MEDIA_TYPES, File, open_file

__all__ = ["FORMATS", "MEDIA_TYPES", "File", "open_file"]
