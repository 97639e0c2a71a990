"""Marks a text for translation without importing Django: the pure modules stay pure."""


def gettext_noop(text: str) -> str:
    """Return the text as it is; the extractor finds it by this function's name."""
    return text
