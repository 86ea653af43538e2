"""Sign a region of one subject: of which of a study's textures it is made.

The images are prepared as those of the study were; the mask says where the region is. The subject
may be of another cohort, which the textures were not learnt from.

  cirl signature --weights results/mine/texture/grade/spectrum/fold/k10/seed0/fold0/encoder.npz \\
    --image t1n=a-t1n.nii.gz --mask a-seg.nii.gz --value 5

exit code: 0 if the region was signed, 1 if no window lies in it, 2 if it cannot be
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
    """Declare the textures, the images, the mask and the map."""
    parser.add_argument(
        "--weights", action=Once, required=True, type=path_given, help="encoder.npz of a fold"
    )
    add_images(parser, "is called so in the study")
    parser.add_argument(
        "--mask",
        action=Once,
        type=path_given,
        metavar="FILE",
        help="where the region is; none for the whole brain",
    )
    parser.add_argument("--value", type=int, default=1, help="value of the region in the mask (1)")
    parser.add_argument(
        "--map",
        action=Once,
        type=path_given,
        help="label map of the textures to write, .nii or .nii.gz",
    )


def run(options: argparse.Namespace) -> int:
    """Print the share of each texture, and what is odd.

    Raises:
        CommandError: if textures or files cannot be used.
    """
    images = given_images(options)
    if options.map:
        check_ending("--map", options.map)
    from cirl.texture.sign_files import GivenFiles, TexturesError, sign_files

    warn_on_terminal()
    files = GivenFiles(images, options.mask, options.value, options.brain_mask)
    with told(options.map or options.weights, "encoder", TexturesError):
        row = sign_files(options.weights, files, options.map)
    print(f"{row['windows']} windows, {row['status']}" + (row["reason"] and f": {row['reason']}"))
    for name, share in row.items():
        if name.startswith("cluster_") and row["status"] != "empty":
            print(f"{name} {share:.4f}")
    return 1 if row["status"] == "empty" else 0
