"""Do textures that were found without labels say which one was planted?"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import mutual_info_score

from cirl.imaging.geometry import Geometry, crop_slices, resample_label, to_ras
from cirl.imaging.images import read_image
from cirl.imaging.store import Store, open_subject
from cirl.study.tables.texture_evidence import PLANTED
from cirl.texture.model import TextureModel
from cirl.texture.signing import window_labels


def stored_territories(path: str, geometry: Geometry) -> np.ndarray:
    """Read a phantom's territories (from 1, 0 outside) and bring them to the stored grid.

    Args:
        path: a label map on the image's original grid.
        geometry: how the stored grid came from it.
    """
    array, affine = read_image(path)
    there = resample_label(
        np.rint(to_ras(array, affine)).astype(np.uint8), tuple(geometry["resampled_shape"])
    )
    return there[crop_slices(geometry)]


def labelled_windows(
    store: Store, subjects: Sequence[str], truths: Mapping[str, str], model: TextureModel
) -> tuple[np.ndarray, np.ndarray]:
    """Return the texture of each window of some subjects, and what was planted at its middle.

    Args:
        store: of the preprocessed subjects.
        subjects: who was not learnt from.
        truths: files of the territories, by subject.
        model: the textures.
    """
    found, planted = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for name in subjects:
        subject = open_subject(store, name)
        places, labels = window_labels(subject, model)
        territories = stored_territories(truths[name], subject.metadata["geometry"])
        there = territories[tuple(places.T)].astype(np.int64)
        found.append(labels[there > 0])
        planted.append(there[there > 0])
    return np.concatenate(found), np.concatenate(planted)


def information(found: np.ndarray, planted: np.ndarray) -> tuple[float, float]:
    """Return the mutual information of two labellings, and the entropy of the second, in nats.

    The entropy is the most that can be known.
    """
    if not len(found):
        return float("nan"), float("nan")
    return (
        float(mutual_info_score(planted, found)),
        float(mutual_info_score(planted, planted)),
    )


def planted_rows(
    names: Mapping[str, object], parts: Mapping[int, tuple[np.ndarray, np.ndarray]]
) -> pd.DataFrame:
    """Return a row a fold (``PLANTED``).

    Args:
        names: encoder, k, fit and seed.
        parts: textures and planted ones of the tested subjects' windows, by fold.
    """
    rows = []
    for fold, (found, planted) in parts.items():
        mutual, entropy = information(found, planted)
        rows.append(
            {
                **names,
                "fold": fold,
                "windows": len(found),
                "mutual_information": mutual,
                "entropy": entropy,
            }
        )
    return pd.DataFrame(rows, columns=PLANTED.names)
