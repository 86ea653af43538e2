"""What is clustered: the features of every subject that has any, and who of them is fitted."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cirl.clustering.assignments import ASSIGNED, FITTED, OUTLIER
from cirl.clustering.blocks import BlockScaler, shared_subjects
from cirl.clustering.features import matching, read_features
from cirl.clustering.outliers import OutlierDetector, OutlierSettings
from cirl.study.tables.clustering import ASSEMBLED


@dataclass(frozen=True)
class Features:
    """Features of subjects, sorted by subject.

    Attributes:
        table: subjects x features, without gaps.
        status: ``fitted``, ``assigned`` or ``outlier`` of each subject.
    """

    table: pd.DataFrame
    status: pd.Series

    @property
    def fitted(self) -> pd.DataFrame:
        """Features of the subjects that are clustered."""
        return self.table[self.status == FITTED]

    @property
    def others(self) -> pd.DataFrame:
        """Features of the subjects that are not, though they have some."""
        return self.table[self.status != FITTED]


def read_blocks(
    source: str, radiomics: str | Path, latents: str | Path | None
) -> dict[str, pd.DataFrame]:
    """Read the blocks of columns that a source of features names.

    Args:
        source: ``radiomics``, ``latents`` or ``joined``.
        radiomics: the clean feature table.
        latents: the autoencoder's table ``subject, z0, z1, ...``, where the source needs it.

    Raises:
        ValueError: if the source needs latents and there are none.
    """
    if source != "radiomics" and latents is None:
        raise ValueError(f"clustering.features.source is {source!r}, but no latents are given")
    paths = {"radiomics": radiomics, "latents": latents}
    names = ["radiomics", "latents"] if source == "joined" else [source]
    return {name: read_features(str(paths[name])) for name in names}


def assemble(
    blocks: Mapping[str, pd.DataFrame],
    columns: Collection[str],
    training: Collection[str] | None,
    outliers: OutlierSettings,
    seed: int,
) -> tuple[Features, pd.DataFrame]:
    """Find the outliers of each block and join the blocks, learning from training subjects alone.

    Args:
        blocks: tables by name, subjects as index. One block is taken as it is, several are
            weighted by ``BlockScaler`` and have their columns named after them.
        columns: shell patterns of the columns that are used.
        training: the subjects that may be learnt from, or None for all.
        outliers: how outliers are told; one of any block is one.
        seed: the study's.

    Returns:
        The features, and a row a subject x block ``subject, block, score, limit, outlier``.

    Raises:
        ValueError: if no subject is left to learn from, or no column matches.
    """
    subjects = shared_subjects(blocks)
    aligned = {name: block.loc[subjects] for name, block in _choose(blocks, columns).items()}
    learnt = [name for name in subjects if training is None or name in set(training)]
    if not learnt:
        raise ValueError(f"none of the {len(subjects)} subjects with features is a training one")
    found = pd.concat(
        [_find_outliers(name, block, learnt, outliers, seed) for name, block in aligned.items()]
    )
    unlike = found.groupby("subject")["outlier"].any()[subjects].to_numpy()
    status = pd.Series(ASSIGNED, index=pd.Index(subjects, name="subject"), name="status")
    status[learnt] = FITTED
    status[unlike] = OUTLIER
    # An outlier would set the scale of its block.
    table = _join(aligned, list(status.index[status == FITTED]))
    return Features(table, status), found


def write_assembled(features: Features, path: str | Path) -> None:
    """Write ``subject, status`` and the features, a row a subject."""
    features.table.assign(status=features.status)[["status", *features.table]].to_csv(path)


def read_assembled(path: str | Path) -> Features:
    """Read what ``write_assembled`` wrote."""
    table = ASSEMBLED.read(path).set_index("subject")
    return Features(table.drop(columns="status"), table["status"])


def _choose(
    blocks: Mapping[str, pd.DataFrame], columns: Collection[str]
) -> dict[str, pd.DataFrame]:
    """Keep of each block the columns whose names in the joined table match a pattern."""
    if len(blocks) == 1:
        return {name: block[matching(list(block), columns)] for name, block in blocks.items()}
    chosen = {}
    for name, block in blocks.items():
        kept = matching([f"{name}_{column}" for column in block], columns)
        chosen[name] = block[[column.removeprefix(f"{name}_") for column in kept]]
    return chosen


def _find_outliers(
    name: str, block: pd.DataFrame, learnt: list[str], settings: OutlierSettings, seed: int
) -> pd.DataFrame:
    detector = OutlierDetector(settings, seed).fit(block.loc[learnt].to_numpy(dtype=float))
    scores = detector.scores(block.to_numpy(dtype=float))
    found = pd.DataFrame({"subject": block.index, "block": name, "score": scores})
    return found.assign(limit=detector.limit_, outlier=scores > detector.limit_)


def _join(blocks: Mapping[str, pd.DataFrame], learnt: list[str]) -> pd.DataFrame:
    if len(blocks) == 1:
        return next(iter(blocks.values()))
    scaler = BlockScaler().fit({name: block.loc[learnt] for name, block in blocks.items()})
    return scaler.transform(blocks)
