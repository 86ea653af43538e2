"""From tissues to the four contrasts: how bright each tissue is, before any scanner sees it."""

from dataclasses import dataclass

import numpy as np

from cirl.phantom.anatomy import Anatomy
from cirl.phantom.grids import Grid, smooth_field
from cirl.phantom.settings import HEALTHY
from cirl.phantom.tumours import Tumour, TumourMaps

# Brightness in t1n, t1c, t2w, t2f; normal white matter is 1 in T1. Pairs are the ends of a uniform
# distribution over subjects. The ratios follow skull-stripped clinical images.
_TISSUES: dict[str, tuple[tuple[float, float], ...]] = {
    "white": ((0.97, 1.03), (0.95, 1.02), (0.38, 0.46), (0.58, 0.66)),
    "grey": ((0.72, 0.82), (0.74, 0.84), (0.50, 0.60), (0.66, 0.78)),
    "fluid": ((0.25, 0.38), (0.27, 0.40), (1.00, 1.45), (0.10, 0.26)),
    "vessels": ((0.55, 0.95), (1.35, 1.90), (0.20, 0.40), (0.30, 0.55)),
    "hyperintensities": ((0.78, 0.92), (0.78, 0.92), (0.56, 0.72), (0.82, 1.02)),
    "oedema": ((0.72, 0.84), (0.74, 0.86), (0.70, 0.95), (0.88, 1.12)),
}

_CORES: dict[str, dict[str, tuple[tuple[float, float], ...]]] = {
    "glioma": {
        "necrosis": ((0.48, 0.68), (0.50, 0.72), (0.80, 1.15), (0.50, 1.10)),
        "enhancing": ((0.65, 0.80), (1.25, 1.70), (0.60, 0.85), (0.76, 1.04)),
    },
    "meningioma": {
        "necrosis": ((0.50, 0.70), (0.55, 0.75), (0.80, 1.10), (0.50, 0.90)),
        "enhancing": ((0.70, 0.84), (1.35, 1.80), (0.54, 0.78), (0.66, 0.90)),
    },
    "metastasis": {
        "necrosis": ((0.50, 0.68), (0.52, 0.72), (0.75, 1.10), (0.52, 1.02)),
        "enhancing": ((0.68, 0.82), (1.30, 1.75), (0.55, 0.80), (0.70, 0.98)),
    },
    "low_grade": {
        "necrosis": ((0.55, 0.70), (0.57, 0.72), (0.82, 1.15), (0.68, 1.08)),
        "enhancing": ((0.65, 0.80), (1.25, 1.70), (0.60, 0.85), (0.76, 1.04)),
    },
}
# Its share is 0 everywhere; the numbers keep the draws of all other tissues where they are.
_CORES[HEALTHY] = _CORES["glioma"]


@dataclass(frozen=True)
class Composition:
    """All that shines in a subject: its anatomy, tumour, vessels and white-matter lesions."""

    anatomy: Anatomy
    tumour: TumourMaps
    vessels: np.ndarray
    hyperintensities: np.ndarray


def tissue_shares(parts: Composition) -> dict[str, np.ndarray]:
    """Return the share of each tissue in each voxel; together 1 inside the brain."""
    core = parts.tumour.necrosis + parts.tumour.enhancing
    outside = np.clip(1 - core, 0, 1)
    vessels = parts.vessels * outside * (1 - parts.tumour.oedema)
    oedema = 0.9 * parts.tumour.oedema * outside * (1 - vessels)
    lesions = parts.hyperintensities * np.clip(outside - vessels - oedema, 0, 1)
    rest = np.clip(outside - vessels - oedema - lesions, 0, 1)
    cleft = rest * parts.tumour.cleft
    rest = rest - cleft
    return {
        "white": rest * parts.anatomy.white,
        "grey": rest * parts.anatomy.grey,
        "fluid": rest * parts.anatomy.fluid + cleft,
        "vessels": vessels,
        "hyperintensities": lesions,
        "oedema": oedema,
        "necrosis": parts.tumour.necrosis,
        "enhancing": parts.tumour.enhancing,
    }


def render_signals(
    rng: np.random.Generator, parts: Composition, tumour: Tumour, grid: Grid
) -> np.ndarray:
    """Return the four contrasts as an ideal scanner would see them (4 x D x H x W, float32)."""
    table = {**_TISSUES, **_CORES[tumour.kind]}
    signal = np.zeros((4, *grid.shape), dtype=np.float32)
    for tissue, share in tissue_shares(parts).items():
        levels = _draw_levels(rng, table[tissue])
        if tissue in ("oedema", "necrosis", "enhancing"):
            share = share * (1 + 0.10 * smooth_field(rng, grid, 6))
        for channel in range(4):
            signal[channel] += levels[channel] * share
    signal *= 1 + 0.03 * smooth_field(rng, grid, 9)
    _add_flow(rng, signal, parts, grid)
    _add_detail(signal, parts)
    return signal * parts.anatomy.brain


def _draw_levels(rng: np.random.Generator, ranges: tuple[tuple[float, float], ...]) -> list[float]:
    """Draw a tissue's brightness in each contrast; T1 with agent keeps its rank above T1."""
    rank = rng.random()
    levels = [low + (high - low) * rng.random() for low, high in ranges]
    (low, high), (low_after, high_after) = ranges[:2]
    return [low + (high - low) * rank, low_after + (high_after - low_after) * rank, *levels[2:]]


def _add_flow(rng: np.random.Generator, signal: np.ndarray, parts: Composition, grid: Grid) -> None:
    """Brighten flowing fluid in FLAIR, which then is not suppressed: cisterns, not ventricles."""
    flow = np.clip(smooth_field(rng, grid, 22) - 0.4, 0, 1.2)
    core = parts.tumour.necrosis + parts.tumour.enhancing
    signal[3] += 0.28 * flow * (parts.anatomy.fluid - parts.anatomy.ventricles) * (1 - core)


def _add_detail(signal: np.ndarray, parts: Composition) -> None:
    """Add, outside the tumour, what the template shows beyond tissue shares (deep nuclei)."""
    tumour = parts.tumour.necrosis + parts.tumour.enhancing + parts.tumour.oedema
    healthy = np.clip(1 - tumour, 0, 1)
    detail = parts.anatomy.detail * healthy
    for channel, factor in enumerate((0.8, 0.8, -0.5, -0.4)):
        signal[channel] += factor * detail
