"""Segment one subject with a network of a study, on the subject's own grid.

The images are prepared as those of the study were, by what model.json beside the weights says; they
should be skull-stripped, or come with a brain mask. The mask has the values 1 NCR, 2 ED, 3 ET.

  cirl predict --weights results/demo/segmentation/cv/baseline/seed0/fold0/weights.pt \\
    --t1n a-t1n.nii.gz --t1c a-t1c.nii.gz --t2w a-t2w.nii.gz --t2f a-t2f.nii.gz --out a-seg.nii.gz

exit code: 0 if the mask was written, 2 if it cannot be
"""

import argparse
import logging
from pathlib import Path
from typing import Any

from cirl.commands.errors import CommandError

USUAL = {"t1n": "native T1", "t1c": "T1 with contrast agent", "t2w": "T2", "t2f": "FLAIR"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the weights, the images and the mask."""
    parser.add_argument(
        "--weights", action=Once, required=True, type=Path, help="weights.pt of a fold"
    )
    for contrast, name in USUAL.items():
        parser.add_argument(f"--{contrast}", action=Once, metavar="FILE", help=f"{name}, NIfTI")
    parser.add_argument(
        "--image",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="an image of another contrast that the network was trained with",
    )
    parser.add_argument(
        "--brain-mask", action=Once, metavar="FILE", help="where the background is not 0"
    )
    parser.add_argument(
        "--out", action=Once, required=True, type=Path, help="mask to write, .nii or .nii.gz"
    )


def run(options: argparse.Namespace) -> int:
    """Write the mask and print its volumes, and the brain's.

    Raises:
        CommandError: if weights or images cannot be used.
    """
    images = given_images(options)
    if not options.out.name.endswith((".nii", ".nii.gz")):
        raise CommandError(f"--out {options.out}: expected a name that ends in .nii or .nii.gz")
    from cirl.imaging.images import SubjectError
    from cirl.segmentation.given_files import GivenFilesError
    from cirl.segmentation.model_file import ModelError
    from cirl.segmentation.predict_files import predict_files

    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    try:
        found = predict_files(options.weights, images, options.out, options.brain_mask)
    except (GivenFilesError, ModelError, SubjectError) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{error.filename or options.out}: {error.strerror or error}") from error
    except MemoryError as error:
        raise CommandError("too little memory for these images and this network") from error
    parts = ", ".join(
        f"{name} {voxels * found.voxel_ml:.1f} ml ({voxels} voxels)"
        for name, voxels in found.voxels.items()
    )
    covered = ", ".join(f"{name} {share:.1%}" for name, share in found.coverage.items())
    print(f"{options.out}: {parts}")
    print(f"brain {found.brain_ml:.1f} ml, covered by {covered}")
    return 0


def given_images(options: argparse.Namespace) -> dict[str, str]:
    """Return the path of each contrast that was given.

    Raises:
        CommandError: if ``--image`` is not NAME=FILE, or a contrast is given twice.
    """
    images = {name: getattr(options, name) for name in USUAL if getattr(options, name)}
    for text in options.image:
        name, sign, path = text.partition("=")
        if not (name and sign and path):
            raise CommandError(f"--image {text}: expected NAME=FILE")
        if name in images:
            raise CommandError(f"{name} is given twice, as {images[name]} and as {path}")
        images[name] = path
    return images


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
