"""Segment subjects with networks of a study, each on its own grid.

The images are prepared as those of the study were, by what model.json beside the weights says; they
should be skull-stripped, or come with a brain mask. The mask has the values 1 NCR, 2 ED, 3 ET. Of
several networks (--weights more than once: folds or seeds) the probabilities are averaged.

  cirl predict --weights results/demo/segmentation/cv/baseline/seed0/fold0/weights.pt \\
    --t1n a-t1n.nii.gz --t1c a-t1c.nii.gz --t2w a-t2w.nii.gz --t2f a-t2f.nii.gz --out a-seg.nii.gz

With a folder of subjects, in any layout, masks are written into another folder, beside a table of
volumes, predictions.csv. The same command goes on where it was cut short.

  cirl predict --weights fold0/weights.pt --weights fold1/weights.pt --folder ~/clinic \\
    --pattern "{subject}/{subject}_{contrast}.nii.gz" --name t1c=T1POST --out ~/clinic-masks

exit code: 0 if all masks are there, 1 if a subject of a folder has none, 2 if nothing can be done
"""

import argparse
from pathlib import Path
from typing import Any

from cirl.commands.errors import CommandError
from cirl.commands.given import (
    USUAL,
    Once,
    add_images,
    check_ending,
    given_images,
    pair,
    path_given,
    told,
)
from cirl.running.logs import warn_on_terminal
from cirl.running.printable import printable_lines

_MASK = "brain_mask"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the weights, the images or their folder, and where masks go."""
    parser.add_argument(
        "--weights",
        action="append",
        required=True,
        type=path_given,
        metavar="FILE",
        help="weights.pt of a fold; of several folds or seeds, once each, for their mean",
    )
    parser.add_argument(
        "--out",
        action=Once,
        required=True,
        type=path_given,
        help="mask to write, .nii or .nii.gz; with --folder the folder of the masks",
    )
    parser.add_argument(
        "--probabilities",
        action="store_true",
        help="write NAME_probabilities.nii.gz beside a mask, with the regions along a fourth axis",
    )
    one = parser.add_argument_group("one subject")
    add_images(one, "the network was trained with")
    many = parser.add_argument_group("a folder of subjects")
    many.add_argument("--folder", action=Once, type=path_given, help="holds the subjects' files")
    many.add_argument(
        "--layout",
        action=Once,
        help="how they are called: brats (if nothing is said), nnunet, bids or msd",
    )
    many.add_argument(
        "--pattern",
        action="append",
        default=[],
        metavar="[NAME=]PATTERN",
        help="path of a file below the folder, with {subject} and {contrast}; with NAME= that of "
        "one contrast, or of the brain_mask",
    )
    many.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="NAME=TEXT",
        help="what stands for {contrast} in the files' names of a contrast or the brain_mask",
    )


def run(options: argparse.Namespace) -> int:
    """Write the masks; print the volumes of each, and the brain's of a single one.

    Raises:
        CommandError: if weights or images cannot be used.
    """
    warn_on_terminal()
    alone = [f"--{name}" for name in USUAL if getattr(options, name)]
    alone += ["--image"] * bool(options.image) + ["--brain-mask"] * bool(options.brain_mask)
    of_folder = ["--layout"] * bool(options.layout) + ["--pattern"] * bool(options.pattern)
    of_folder += ["--name"] * bool(options.name)
    odd = alone if options.folder else of_folder
    if odd:
        said = "cannot be given with --folder" if options.folder else "needs --folder"
        raise CommandError(f"{', '.join(odd)} {said}")
    return _predict_many(options) if options.folder else _predict_one(options)


def _predict_one(options: argparse.Namespace) -> int:
    images, out = given_images(options), Path(options.out)
    check_ending("--out", options.out)
    from cirl.segmentation.model_file import ModelError
    from cirl.segmentation.predict_files import predict_files

    with told(out, "network", ModelError):
        found = predict_files(
            options.weights, images, out, options.brain_mask, options.probabilities
        )
    parts = ", ".join(
        f"{name} {voxels * found.voxel_ml:.1f} ml ({voxels} voxels)"
        for name, voxels in found.voxels.items()
    )
    covered = ", ".join(f"{name} {share:.1%}" for name, share in found.coverage.items())
    print(f"{out}: {parts}")
    print(f"brain {found.brain_ml:.1f} ml, covered by {covered}")
    return 0


def _predict_many(options: argparse.Namespace) -> int:
    names = dict(map(_contrast_name, options.name))
    patterns = dict(_pattern(text) for text in options.pattern)
    for key, found in (("name", names), ("pattern", patterns)):
        given = getattr(options, key)
        if len(found) < len(given):
            raise CommandError(f"--{key}: one of them is given twice: {', '.join(given)}")
    from cirl.configuration.dataset_json import DescriptionError
    from cirl.configuration.folders import cohort_of_folder
    from cirl.imaging.subjects import SubjectFiles
    from cirl.segmentation.ensemble import load_ensemble
    from cirl.segmentation.model_file import ModelError
    from cirl.segmentation.predict_folder import TABLE, predict_folder

    with told(options.out, "network", DescriptionError, ModelError):
        ensemble = load_ensemble(options.weights)
        cohort = cohort_of_folder(
            options.folder, options.layout or "brats", ensemble.contrasts, names, patterns
        )
        subjects = {
            name: SubjectFiles(**cohort.files(name) | {"subject": name}) for name in cohort.find()
        }
        if not subjects:
            raise CommandError(f"{options.folder}: no subject by {cohort.pattern}")
        failed = 0
        for row in predict_folder(ensemble, subjects, options.out, options.probabilities):
            failed += row["status"] != "ok"
            print(printable_lines(f"{row['subject']}: {_in_words(row)}"), flush=True)
    print(f"{Path(options.out) / TABLE}: {len(subjects) - failed} masks, {failed} subjects failed")
    return 1 if failed else 0


def _in_words(row: dict[str, Any]) -> str:
    if row["status"] != "ok":
        return f"failed: {row['reason']}"
    return ", ".join(f"{region} {row[f'{region}_ml']:.1f} ml" for region in ("WT", "TC", "ET"))


def _contrast_name(text: str) -> tuple[str, str]:
    """Return whose name it is, and the name; that of the brain mask may be empty."""
    return (_MASK, "") if text == f"{_MASK}=" else pair("--name", text, "NAME=TEXT")


def _pattern(text: str) -> tuple[str, str]:
    """Return whose pattern it is, and the pattern; that of all images has no name."""
    name, sign, pattern = text.partition("=")
    return (name, pattern) if sign and name.isidentifier() else ("", text)
