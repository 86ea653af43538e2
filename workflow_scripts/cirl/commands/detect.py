"""Score how unlike healthy tissue each voxel of one subject is, with a detector of a study.

The images are prepared as those of the study were; they should be skull-stripped, or come with a
brain mask. The map lies on the subject's own grid; higher is less like healthy tissue, 0 is not
scored.

  cirl detect --weights results/anomaly/anomaly/cv/location/seed0/fold0/weights.pt \\
    --t1n a-t1n.nii.gz --t1c a-t1c.nii.gz --t2w a-t2w.nii.gz --t2f a-t2f.nii.gz --out a-score.nii.gz

exit code: 0 if the map was written, 2 if it cannot be
"""

import argparse

from cirl.commands.given import (
    Once,
    add_images,
    check_ending,
    given_images,
    path_given,
    told,
)
from cirl.running.logs import warn_on_terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the weights, the images and the map."""
    parser.add_argument(
        "--weights", action=Once, required=True, type=path_given, help="weights.pt of a detector"
    )
    add_images(parser, "the detector sees")
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
    check_ending("--out", options.out)
    from cirl.anomaly.detect_files import DetectionError, detect_files

    warn_on_terminal()
    with told(options.out, "detector", DetectionError):
        found = detect_files(
            options.weights, images, options.out, options.brain_mask, options.score
        )
    print(
        f"{options.out}: {found.kind} of {found.scored_ml:.1f} ml of brain, median "
        f"{found.median:.3g}, highest thousandth from {found.highest:.3g}"
    )
    return 0
