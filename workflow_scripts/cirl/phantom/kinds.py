"""The kinds of simulated cohorts: what each is made with."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from cirl.phantom.organ_settings import ORGAN_TEXTURES, OrganSettings, draw_organ_truth
from cirl.phantom.parenchyma import simulate_organ, write_organ
from cirl.phantom.settings import SimulationSettings
from cirl.phantom.simulate import draw_truth, simulate_subject, write_phantom

Settings = SimulationSettings | OrganSettings


def simulation_settings(settings: Mapping[str, Any]) -> Settings:
    """Build the settings of a cohort from its section ``simulate``, without what others have."""
    built = OrganSettings if settings["kind"] == "parenchyma" else SimulationSettings
    known = {field.name for field in fields(built)}
    return built(**{key: value for key, value in settings.items() if key in known})


def write_simulated(seed: int, name: str, settings: Settings, folder: Path) -> None:
    """Simulate a subject and write its files below a folder."""
    if isinstance(settings, OrganSettings):
        write_organ(simulate_organ(seed, name, settings), folder)
    else:
        write_phantom(simulate_subject(seed, name, settings), folder)


def participant(seed: int, name: str, settings: Settings) -> dict[str, str]:
    """Return what the table of participants says of a subject."""
    if isinstance(settings, OrganSettings):
        return draw_organ_truth(seed, name, settings).row()
    return draw_truth(seed, name, settings)


def true_shares(seed: int, name: str, settings: OrganSettings) -> dict[str, float]:
    """Return the share of each texture in a subject's organ, as ``share_{texture}``."""
    shares = draw_organ_truth(seed, name, settings).shares
    return {f"share_{texture}": float(s) for texture, s in zip(ORGAN_TEXTURES, shares, strict=True)}
