"""Texts that people type: without what cannot be seen, and which of two spellings may be one."""

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable

INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F)])
"""Marks without width that come along when text is copied, and are part of no name."""

COMPARISONS = 100_000
"""Pairs of names that are compared letter by letter, at most: half a second."""


def plain(text: str) -> str:
    """Return a text as a reader sees it.

    Blanks of any kind at its ends are taken away and inner ones become one space, marks without
    width are dropped, and letters are composed (Unicode NFC): ``é`` is one character, whether a
    file has it as one or as two. Nothing else changes: ``01`` stays ``01``.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(INVISIBLE))
    return " ".join(text.split())


def likeness(name: str) -> str:
    """Return what is the same for spellings that programs make of one name.

    Case, blanks and other signs, zeros before a number, ``.0`` after it, powers of ten and the
    ``sub-`` of BIDS: ``sub-007``, ``7``, ``7.0`` and ``7E0`` have one likeness.
    """
    text = unicodedata.normalize("NFKC", name).casefold().removeprefix("sub-").strip()
    if re.fullmatch(r"\d+(\.\d+)?e\+?\d{1,2}", text) and float(text).is_integer():
        text = str(int(float(text)))
    text = re.sub(r"(?<=\d)\.0+$", "", text)
    return re.sub(r"(?<!\d)0+(?=\d)", "", "".join(part for part in text if part.isalnum()))


def nearest_spellings(names: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Return the known name that is most like each name; empty where none is.

    Names that are alike but for what programs change are found first; the others are compared
    letter by letter (``difflib``), as many as ``COMPARISONS`` allows.
    """
    alike: dict[str, str] = {}
    for name in known:
        alike.setdefault(likeness(name), name)
    allowed = COMPARISONS // max(1, len(known))
    found = {}
    for name in names:
        near = alike.get(likeness(name), "") if likeness(name) else ""
        if not near and allowed > 0:
            allowed -= 1
            near = next(iter(difflib.get_close_matches(name, known, n=1)), "")
        found[name] = near
    return found


def lookalikes(names: Iterable[str]) -> list[list[str]]:
    """Return the groups of different names that have one likeness, sorted."""
    groups: dict[str, set[str]] = {}
    for name in names:
        groups.setdefault(likeness(name), set()).add(name)
    return sorted(sorted(group) for like, group in groups.items() if like and len(group) > 1)


def listed(names: Collection[str], most: int = 200) -> str:
    """Return names in quotation marks, of many the first ones and how many more there are."""
    shown = ", ".join(repr(name) for name in list(names)[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
