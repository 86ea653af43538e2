"""Sign a region of one subject: of which of a study's textures it is made.

The images are prepared as those of the study were; the mask says where the region is. The subject
may be of another cohort, which the textures were not learnt from.

  cirl signature --weights results/mine/texture/grade/spectrum/fold/k10/seed0/fold0/encoder.npz \\
    --image t1n=a-t1n.nii.gz --mask a-seg.nii.gz --value 5

exit code: 0 if the region was signed, 1 if no window lies in it, 2 if it cannot be
"""

import argparse
import logging
from pathlib import Path

from cirl.commands.errors import CommandError
from cirl.commands.predict import Once
from cirl.running.logs import warn_on_terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the textures, the images, the mask and the map."""
    parser.add_argument(
        "--weights", action=Once, required=True, type=Path, help="encoder.npz of a fold"
    )
    parser.add_argument(
        "--image",
        action="append",
        required=True,
        metavar="NAME=FILE",
        help="an image, NIfTI, by the name of its contrast in the study",
    )
    parser.add_argument(
        "--mask", action=Once, metavar="FILE", help="where the region is; none for the whole brain"
    )
    parser.add_argument("--value", type=int, default=1, help="value of the region in the mask (1)")
    parser.add_argument(
        "--brain-mask", action=Once, metavar="FILE", help="where the background is not 0"
    )
    parser.add_argument(
        "--map", action=Once, type=Path, help="label map of the textures to write, .nii or .nii.gz"
    )


def run(options: argparse.Namespace) -> int:
    """Print the share of each texture, and what is odd.

    Raises:
        CommandError: if textures or files cannot be used.
    """
    images: dict[str, str] = {}
    for text in options.image:
        name, sign, path = text.partition("=")
        if not (name and sign and path):
            raise CommandError(f"--image {text}: expected NAME=FILE")
        if name in images:
            raise CommandError(f"{name} is given twice, as {images[name]} and as {path}")
        images[name] = path
    if options.map and not options.map.name.endswith((".nii", ".nii.gz")):
        raise CommandError(f"--map {options.map}: expected a name that ends in .nii or .nii.gz")
    given = {*images.values(), options.mask, options.brain_mask} - {None}
    if options.map and options.map.resolve() in {Path(path).resolve() for path in given}:
        raise CommandError(f"--map {options.map}: is one of the files that are read")
    from cirl.imaging.images import SubjectError
    from cirl.texture.sign_files import GivenFiles, TexturesError, sign_files

    warn_on_terminal(logging.ERROR)
    files = GivenFiles(images, options.mask, options.value, options.brain_mask)
    try:
        row = sign_files(options.weights, files, options.map)
    except (TexturesError, SubjectError) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{error.filename or options.map}: {error.strerror or error}") from error
    print(f"{row['windows']} windows, {row['status']}" + (row["reason"] and f": {row['reason']}"))
    for name, share in row.items():
        if name.startswith("cluster_") and row["status"] != "empty":
            print(f"{name} {share:.4f}")
    return 1 if row["status"] == "empty" else 0
