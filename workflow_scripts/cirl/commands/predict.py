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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cirl.commands.errors import CommandError
from cirl.running.logs import warn_on_terminal
from cirl.running.printable import printable_lines
from cirl.study.given_paths import UnsetVariableError, expanded

USUAL = {"t1n": "native T1", "t1c": "T1 with contrast agent", "t2w": "T2", "t2f": "FLAIR"}

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
    for contrast, name in USUAL.items():
        one.add_argument(
            f"--{contrast}", action=Once, type=path_given, metavar="FILE", help=f"{name}, NIfTI"
        )
    one.add_argument(
        "--image",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="an image of another contrast that the network was trained with",
    )
    one.add_argument(
        "--brain-mask",
        action=Once,
        type=path_given,
        metavar="FILE",
        help="where the background is not 0",
    )
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


def path_given(text: str) -> str:
    """Return a path with ``~`` and environment variables put in.

    Raises:
        CommandError: if one is not set.
    """
    try:
        return expanded(text)
    except UnsetVariableError as error:
        raise CommandError(str(error)) from error


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
    if not out.name.endswith((".nii", ".nii.gz")):
        raise CommandError(f"--out {out}: expected a name that ends in .nii or .nii.gz")
    with _told(out):
        from cirl.segmentation.predict_files import predict_files

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
    names = dict(_pair("--name", text) for text in options.name)
    patterns = dict(_pattern(text) for text in options.pattern)
    for key, found in (("name", names), ("pattern", patterns)):
        given = getattr(options, key)
        if len(found) < len(given):
            raise CommandError(f"--{key}: one of them is given twice: {', '.join(given)}")
    with _told(options.out):
        from cirl.configuration.folders import cohort_of_folder
        from cirl.imaging.subjects import SubjectFiles
        from cirl.segmentation.ensemble import load_ensemble
        from cirl.segmentation.predict_folder import TABLE, predict_folder

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


@contextmanager
def _told(out: str | Path) -> Iterator[None]:
    """Make what cannot be used a line for the user."""
    from cirl.configuration.dataset_json import DescriptionError
    from cirl.imaging.images import SubjectError
    from cirl.segmentation.given_files import GivenFilesError
    from cirl.segmentation.model_file import ModelError

    try:
        yield
    except (DescriptionError, GivenFilesError, ModelError, SubjectError) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{error.filename or out}: {error.strerror or error}") from error
    except MemoryError as error:
        raise CommandError("too little memory for these images and this network") from error


def given_images(options: argparse.Namespace) -> dict[str, str]:
    """Return the path of each contrast that was given.

    Raises:
        CommandError: if ``--image`` is not NAME=FILE, or a contrast is given twice.
    """
    images = {name: getattr(options, name) for name in USUAL if getattr(options, name)}
    for text in options.image:
        name, path = _pair("--image", text, "NAME=FILE")
        if name in images:
            raise CommandError(f"{name} is given twice, as {images[name]} and as {path}")
        images[name] = path_given(path)
    return images


def _pair(option: str, text: str, expected: str = "NAME=TEXT") -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign and (value or (option, name) == ("--name", _MASK))):
        raise CommandError(f"{option} {text}: expected {expected}")
    return name, value


def _pattern(text: str) -> tuple[str, str]:
    """Return whose pattern it is, and the pattern; that of all images has no name."""
    name, sign, pattern = text.partition("=")
    return (name, pattern) if sign and name.isidentifier() else ("", text)


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
