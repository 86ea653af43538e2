"""Score how unlike healthy tissue each voxel of one subject is, with a detector of a study.

The images are prepared as those of the study were; they should be skull-stripped, or come with a
brain mask. The map lies on the subject's own grid; higher is less like healthy tissue, 0 is not
scored.

  cirl detect --weights results/anomaly/anomaly/cv/location/seed0/fold0/weights.pt \\
    --t1n a-t1n.nii.gz --t1c a-t1c.nii.gz --t2w a-t2w.nii.gz --t2f a-t2f.nii.gz --out a-score.nii.gz

exit code: 0 if the map was written, 2 if it cannot be
"""

import argparse

from cirl.commands.errors import CommandError
from cirl.commands.predict import USUAL, Once, given_images, path_given
from cirl.running.logs import warn_on_terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the weights, the images and the map."""
    parser.add_argument(
        "--weights", action=Once, required=True, type=path_given, help="weights.pt of a detector"
    )
    for contrast, name in USUAL.items():
        parser.add_argument(
            f"--{contrast}", action=Once, type=path_given, metavar="FILE", help=f"{name}, NIfTI"
        )
    parser.add_argument(
        "--image",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="an image of another contrast that the detector sees",
    )
    parser.add_argument(
        "--brain-mask",
        action=Once,
        type=path_given,
        metavar="FILE",
        help="where the background is not 0",
    )
    parser.add_argument(
        "--score", action=Once, metavar="KIND", help="kind of score; left out, the detector's own"
    )
    parser.add_argument(
        "--out", action=Once, required=True, type=path_given, help="map to write, .nii or .nii.gz"
    )


def run(options: argparse.Namespace) -> int:
    """Write the map and print what it holds.

    Raises:
        CommandError: if weights or images cannot be used.
    """
    images = given_images(options)
    if not options.out.endswith((".nii", ".nii.gz")):
        raise CommandError(f"--out {options.out}: expected a name that ends in .nii or .nii.gz")
    from cirl.anomaly.detect_files import DetectionError, detect_files
    from cirl.imaging.images import SubjectError
    from cirl.segmentation.given_files import GivenFilesError

    warn_on_terminal()
    try:
        found = detect_files(
            options.weights, images, options.out, options.brain_mask, options.score
        )
    except (DetectionError, GivenFilesError, SubjectError) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{error.filename or options.out}: {error.strerror or error}") from error
    except MemoryError as error:
        raise CommandError("too little memory for these images and this detector") from error
    print(
        f"{options.out}: {found.kind} of {found.scored_ml:.1f} ml of brain, median "
        f"{found.median:.3g}, highest thousandth from {found.highest:.3g}"
    )
    return 0
