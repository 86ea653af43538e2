"""What commands on a subject's files share: their options, and errors as a line for the user."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cirl.commands.errors import CommandError
from cirl.study.given_paths import UnsetVariableError, expanded

USUAL = {"t1n": "native T1", "t1c": "T1 with contrast agent", "t2w": "T2", "t2f": "FLAIR"}
NIFTI = (".nii", ".nii.gz")


def add_images(parser: argparse._ActionsContainer, model: str) -> None:
    """Declare the images of one subject, which a model sees, and their brain mask."""
    for contrast, name in USUAL.items():
        parser.add_argument(
            f"--{contrast}", action=Once, type=path_given, metavar="FILE", help=f"{name}, NIfTI"
        )
    parser.add_argument(
        "--image",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help=f"an image of another contrast, which {model}",
    )
    parser.add_argument(
        "--brain-mask",
        action=Once,
        type=path_given,
        metavar="FILE",
        help="where the background is not 0",
    )


def given_images(options: argparse.Namespace) -> dict[str, str]:
    """Return the path of each contrast that was given.

    Raises:
        CommandError: if ``--image`` is not NAME=FILE, or a contrast is given twice.
    """
    images = {name: getattr(options, name) for name in USUAL if getattr(options, name)}
    for text in options.image:
        name, path = pair("--image", text, "NAME=FILE")
        if name in images:
            raise CommandError(f"{name} is given twice, as {images[name]} and as {path}")
        images[name] = path_given(path)
    return images


def path_given(text: str) -> str:
    """Return a path with ``~`` and environment variables put in.

    Raises:
        CommandError: if one is not set.
    """
    try:
        return expanded(text)
    except UnsetVariableError as error:
        raise CommandError(str(error)) from error


def check_ending(option: str, path: str) -> None:
    """Refuse an image to write that is not called like one.

    Raises:
        CommandError: naming it.
    """
    if not path.endswith(NIFTI):
        raise CommandError(f"{option} {path}: expected a name that ends in {' or '.join(NIFTI)}")


def pair(option: str, text: str, expected: str) -> tuple[str, str]:
    """Return both sides of NAME=VALUE.

    Raises:
        CommandError: if one is empty.
    """
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise CommandError(f"{option} {text}: expected {expected}")
    return name, value


@contextmanager
def told(out: str | Path, model: str, *errors: type[Exception]) -> Iterator[None]:
    """Make what cannot be used a line for the user.

    Args:
        out: what is written, for an error of its place that names no file.
        model: what the images are for.
        errors: whose messages are for the user, beside those of given files.
    """
    from cirl.imaging.given_files import GivenFilesError
    from cirl.imaging.images import SubjectError

    kinds: tuple[type[Exception], ...] = (GivenFilesError, SubjectError, *errors)
    try:
        yield
    except kinds as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{error.filename or out}: {error.strerror or error}") from error
    except MemoryError as error:
        raise CommandError(f"too little memory for these images and this {model}") from error


class Once(argparse.Action):
    """An option that keeps what it is given, and refuses to be given a second time."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Keep the value."""
        found = getattr(namespace, self.dest)
        if found is not None:
            raise CommandError(f"{option_string} is given twice, as {found} and as {values}")
        setattr(namespace, self.dest, values)
