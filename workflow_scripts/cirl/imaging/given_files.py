"""What a command is given of a subject: each file once, and a place for what it writes."""

from collections.abc import Mapping
from pathlib import Path

from cirl.imaging.one_file import identity, same_files
from cirl.running.whole_files import check_writable


class GivenFilesError(ValueError):
    """The files cannot be what they are given as. The message names them."""


def check_images(images: Mapping[str, str]) -> None:
    """Refuse one file under two names, by whatever path or link.

    Args:
        images: path of each contrast, and of the brain mask.

    Raises:
        GivenFilesError: naming both.
    """
    pair = same_files(images)
    if pair:
        one, other = pair
        as_well = "" if images[one] == images[other] else f" (as {images[one]})"
        raise GivenFilesError(
            f"{one} and {other} are the same file, {images[other]}{as_well}; expected a file each"
        )


def check_out(out: str | Path, inputs: Mapping[str, str | Path]) -> None:
    """Refuse an image that would replace a file that is read, or that cannot be written.

    Args:
        out: the image's path.
        inputs: every file that is read or was given, by name.

    Raises:
        GivenFilesError: naming the file.
    """
    for name, path in inputs.items():
        if identity(out) == identity(path):
            raise GivenFilesError(f"{out}: would replace {name} {path}; name another file")
    if not Path(out).absolute().parent.is_dir():
        raise GivenFilesError(f"{out}: no folder {Path(out).absolute().parent}")
    try:
        check_writable(out)
    except OSError as error:
        raise GivenFilesError(f"{out}: cannot be written ({error.strerror})") from error
