"""Text for terminals, in which names that users chose may stand."""


def printable(text: str) -> str:
    """Return a text that a terminal shows and does not obey, in one line.

    Control characters, marks of direction or without width, and bytes that are not UTF-8 stand as
    Python writes them (``\\x1b``).
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def printable_lines(text: str) -> str:
    """Return a text of several lines, each ``printable``."""
    return "\n".join(map(printable, text.split("\n")))
