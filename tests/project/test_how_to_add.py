"""What docs/architecture.md says of adding is followed: these edits, and no others, are enough.

Each list of the document names the files that are touched; here stands what is written into them.
All of it goes into a copy of the project, where a study that uses it is planned, and what was added
runs.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path

import pytest
import yaml
from study import PROJECT, Study, make_study

from cirl.configuration.validation import ConfigurationError, validate

pytestmark = pytest.mark.workflow

HOW_TO = (PROJECT / "docs/architecture.md").read_text().partition("\n## How to add\n")[2]
Edit = Callable[[str], str]


def new(content: str) -> Edit:
    """A file that was not there."""

    def edit(text: str) -> str:
        assert text == ""
        return content

    return edit


def before(mark: str, content: str) -> Edit:
    """A piece before the only place of a mark."""

    def edit(text: str) -> str:
        assert text.count(mark) == 1
        return text.replace(mark, content + mark)

    return edit


def both(first: Edit, second: Edit) -> Edit:
    return lambda text: second(first(text))


STUDY = """
study: added
cohorts:
  phantom:
    simulate: {subjects: 8, spacing: 4}
    participants: participants.tsv
    domains: [scanner]
use:
  arms: [baseline]
clustering: {algorithms: [kmeans, halves], k: [2, 3]}
segmentation:
  network: {name: plain, deep_supervision: 0}
  training: {loss: squared_dice}
"""

ARM = """
arms:
  means:
    training: {batch_size: 2}
    mean_distance: {domains: {clustering: halves, k: 2}, weight: [1, 2]}
"""

METHOD = '''
"""Equal means of the bottleneck's features in all domains."""

import torch

from cirl.segmentation.methods.base import Measured, PenaltyMethod, TrainingStep


class MeanDistance(PenaltyMethod):
    """A penalty on the distances of the domains' means; `Method` has a plain `objective`."""

    def over_domains(
        self, step: TrainingStep, items: dict[int, torch.Tensor]
    ) -> tuple[torch.Tensor, Measured]:
        """Add the squared distances from the mean of all domains."""
        losses = torch.stack([step.loss_of(chosen) for chosen in items.values()])
        means = torch.stack([step.features[one].mean((0, 2, 3, 4)) for one in items.values()])
        penalty = (means - means.mean(0)).square().sum()
        return losses.mean() + self.strength(step.progress) * penalty, {}
'''

METHOD_SETTINGS = '''
@dataclass(frozen=True, kw_only=True)
class MeanDistanceSettings(PenaltySettings):
    """A penalty on distances of the domains' means; null for none."""


'''

METHOD_ROW = """
        ArmMethodRow(
            name="mean_distance",
            title="mean distance",
            source="nobody",
            implementation="cirl.segmentation.methods.mean_distance:MeanDistance",
            settings=MeanDistanceSettings,
            compares_domains=True,
            smallest_batch=2,
            dose="weight",
        ),
"""

CLUSTERER = '''
"""Subjects in the order of their first feature, dealt out in equal parts."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from cirl.clustering.clusterers import NearestMean
from cirl.clustering.numbering import by_size, cluster_means, margin


@dataclass(eq=False, repr=False)
class Halves(NearestMean):
    """Equal parts."""

    n_clusters: int
    seed: int = 0
    column: int = 0

    def fit(self, values: np.ndarray, y: None = None) -> Self:
        """Cluster the rows of a table, subjects x features."""
        ranks = values[:, self.column].argsort().argsort()
        self.labels_ = by_size(ranks * self.n_clusters // len(values))
        self.means_ = cluster_means(values, self.labels_)
        self.confidences_ = margin(values, self.labels_)
        return self
'''

CLUSTERER_SETTINGS = '''
@dataclass(frozen=True, kw_only=True)
class HalvesSettings(RowSettings):
    """Equal parts."""

    column: Annotated[int, Field(ge=0)] = 0
    """Number of the feature."""


'''

CLUSTERER_ROW = """
        ClustererRow(
            name="halves",
            title="halves",
            source="nobody",
            implementation="cirl.clustering.halves:Halves",
            settings=HalvesSettings,
        ),
"""

NETWORK = '''
"""A network of two convolutions."""

from torch import nn

from cirl.segmentation.network import Architecture, Parts
from cirl.segmentation.settings import NetworkSettings


class PlainArchitecture(Architecture):
    """Two convolutions, at the input's resolution."""

    def build(self, settings: NetworkSettings, inputs: int, outputs: int) -> nn.Module:
        """Build it."""
        width = settings.filters[0]
        return nn.Sequential(
            nn.Conv3d(inputs, width, 3, padding=1), nn.ReLU(), nn.Conv3d(width, outputs, 1)
        )

    def parts(self, network: nn.Module) -> Parts:
        """Return the parts."""
        first, _, last = network.children()
        return Parts(first, first.out_channels, (), (first,), (last,))
'''

NETWORK_ROW = """
        NetworkRow(
            name="plain",
            title="two convolutions",
            source="nobody",
            implementation="cirl.segmentation.plain:PlainArchitecture",
            fixed={"deep_supervision": 0},
        ),
"""

LOSS = '''
def squared_dice() -> nn.Module:
    """Build a soft Dice loss with squares in the denominator."""
    return DiceLoss(sigmoid=True, squared_pred=True)


'''

LOSS_ROW = """
        Row(
            name="squared_dice",
            title="soft Dice of squares and binary cross entropy",
            source="Milletari et al. 2016",
            implementation="cirl.segmentation.losses:squared_dice",
        ),
"""

FIGURE = '''
"""Figure of the tumours' volumes."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from cirl.study.tables.cohort import SUBJECTS


def draw(subjects: str, bins: int) -> Figure:
    """Draw a histogram of the volumes of all subjects."""
    figure, axis = plt.subplots(layout="constrained")
    axis.hist(SUBJECTS.read(subjects)["wt_volume_ml"].dropna(), bins=bins)
    return figure
'''

FIGURE_RULE = """
TARGETS += [REPORT.volumes]


rule plot_volumes:
    input:
        subjects=F.subjects,
    output:
        shown(REPORT.volumes),
    params:
        figure="volumes",
        bins=5,
        code=fingerprint("draw_figure", figure="volumes"),
    log:
        "<logs>/plot_volumes.log",
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    script:
        "../workflow_scripts/draw_figure.py"


"""

FIGURE_ROW = """
      volumes:
        path: "<results>/figures/volumes.png"
        title: "Volumes of the tumours"
        caption: |
          **Volumes of the tumours** of all subjects.
"""

LIBRARY = "workflow_scripts/cirl"
REGISTRIES = f"{LIBRARY}/configuration/registries"
END_OF_ROWS = '    ]\n)\n"""The '

EDITS: dict[str, dict[str, tuple[str, Edit]]] = {
    "A study": {"studies/<name>.yaml": ("studies/added.yaml", new(STUDY))},
    "An arm": {
        "studies/<name>.yaml": (
            "studies/added.yaml",
            lambda text: text.replace("arms: [baseline]", "arms: [baseline, means]") + ARM,
        )
    },
    "An arm method": {
        f"{LIBRARY}/segmentation/methods/<name>.py": (
            f"{LIBRARY}/segmentation/methods/mean_distance.py",
            new(METHOD),
        ),
        f"{REGISTRIES}/arm_methods.py": (
            f"{REGISTRIES}/arm_methods.py",
            both(
                before("@dataclass(frozen=True, kw_only=True)\nclass ArmM", METHOD_SETTINGS),
                before(END_OF_ROWS, METHOD_ROW),
            ),
        ),
    },
    "A clusterer": {
        f"{LIBRARY}/clustering/<name>.py": (f"{LIBRARY}/clustering/halves.py", new(CLUSTERER)),
        f"{REGISTRIES}/clusterers.py": (
            f"{REGISTRIES}/clusterers.py",
            both(
                before("@dataclass(frozen=True, kw_only=True)\nclass Clust", CLUSTERER_SETTINGS),
                before(END_OF_ROWS, CLUSTERER_ROW),
            ),
        ),
    },
    "A network": {
        f"{LIBRARY}/segmentation/<name>.py": (f"{LIBRARY}/segmentation/plain.py", new(NETWORK)),
        f"{REGISTRIES}/networks.py": (
            f"{REGISTRIES}/networks.py",
            before(END_OF_ROWS, NETWORK_ROW),
        ),
    },
    "A loss": {
        f"{LIBRARY}/segmentation/losses.py": (
            f"{LIBRARY}/segmentation/losses.py",
            before("def soft_dice(", LOSS),
        ),
        f"{REGISTRIES}/losses.py": (f"{REGISTRIES}/losses.py", before(END_OF_ROWS, LOSS_ROW)),
    },
    "A figure": {
        f"{LIBRARY}/report/figures/<name>.py": (
            f"{LIBRARY}/report/figures/volumes.py",
            new(FIGURE),
        ),
        "rules/<stage>.smk": ("rules/cohort.smk", lambda text: text + FIGURE_RULE),
        "rules/report.yaml": (
            "rules/report.yaml",
            before("  - title: 1 Quality control\n", FIGURE_ROW.lstrip("\n")),
        ),
    },
}

ELSEWHERE = {"config.yaml"}  # named for what it has, and left as it is

RUN = """
import json, sys
import numpy as np, pandas as pd, torch
from matplotlib import use; use("Agg")
from cirl.clustering.clusterers import cluster_path
from cirl.report.figures.volumes import draw
from cirl.segmentation.arms import build_arm
from cirl.segmentation.losses import CombinedLoss
from cirl.segmentation.methods.base import DomainTask, TrainingStep
from cirl.segmentation.methods.build import build_arm_method
from cirl.segmentation.network import build_network, parts_of
from cirl.segmentation.settings import NetworkSettings
from cirl.study.tables.cohort import SUBJECTS

labels = cluster_path("halves", np.array([[5.0], [1], [6], [2], [7]]), [2], 0, {"column": 0})
settings = NetworkSettings((6,), 3, (), 0, False, 0.0, "plain")
network = build_network(settings, 4, 3)
image = torch.ones(2, 4, 5, 5, 5)
logits, parts = network(image), parts_of(settings, network)
arm = build_arm("means", {"mean_distance": {"domains": "cohort", "weight": 2}})
method = build_arm_method(arm.method, parts, DomainTask(2, torch.ones(2)))
features = torch.stack([torch.zeros(6, 5, 5, 5), torch.ones(6, 5, 5, 5)])
domains = torch.tensor([0, 1])
objective, _ = method.objective(TrainingStep(
    logits, logits, domains, features, 1.0, lambda one, two: one.sum() * 0, image, network
))
truth = (torch.rand(2, 3, 5, 5, 5) > 0.5).float()
loss = CombinedLoss("squared_dice", (1.0, 0.0))
rows = pd.DataFrame({**dict.fromkeys(SUBJECTS.names, ""), "wt_volume_ml": [1.0, 2, 9, None]})
SUBJECTS.write(rows, sys.argv[1])
(axis,) = draw(sys.argv[1], 2).axes
print(json.dumps({
    "labels": labels[2].tolist(),
    "logits": list(logits.shape),
    "bottleneck": parts.channels,
    "objective": float(objective),
    "loss": [float(loss(40 * (sign * (2 * truth - 1)), truth)) for sign in (1, -1)],
    "bars": [bar.get_height() for bar in axis.patches],
}))
"""


def steps(heading: str) -> dict[str, str]:
    """The steps of one of the document's lists, by the file that each begins with."""
    section = HOW_TO.split(f"\n### {heading}\n")[1].partition("\n###")[0]
    items = re.findall(r"^\d\. `([^`]+)`:(.*(?:\n   .*)*)", section, re.M)
    assert len(items) == len(re.findall(r"^\d\. ", section, re.M))
    return dict(items)


def files(folder: Path) -> dict[str, bytes]:
    """What stands in a copy of the project, by path."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != "overlay.yaml"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, str]]]:
    """A copy with all that is added, and for each heading what was added to which file."""
    folder = make_study(tmp_path_factory.mktemp("added") / "project", {"study": "added"}).folder
    added: dict[str, dict[str, str]] = {}
    for heading, edits in EDITS.items():
        old = files(folder)
        for path, edit in edits.values():
            text = (folder / path).read_text() if (folder / path).exists() else ""
            (folder / path).write_text(edit(text))
        now = files(folder)
        added[heading] = {
            path: _difference(old.get(path, b""), text)
            for path, text in now.items()
            if old.get(path) != text
        }
        assert old.keys() <= now.keys()
    return folder, added


def _difference(old: bytes, new: bytes) -> str:
    """What is new in a file, with a line before and after."""
    both = (text.decode().splitlines() for text in (old, new))
    return "\n".join(line for line in unified_diff(*both, n=1) if not line.startswith("-"))


def test_every_kind_of_the_document_is_followed() -> None:
    assert re.findall(r"^### (.*)", HOW_TO, re.M) == list(EDITS)


@pytest.mark.parametrize(
    ("heading", "count"),
    [
        ("A study", 1),
        ("An arm", 1),
        ("An arm method", 2),
        ("A clusterer", 2),
        ("A network", 2),
        ("A loss", 2),
        ("A figure", 3),
    ],
)
def test_the_files_and_names_that_are_named_are_those_that_change(
    changed: tuple[Path, dict[str, dict[str, str]]], heading: str, count: int
) -> None:
    added = changed[1][heading]
    documented = steps(heading)
    assert list(documented) == list(EDITS[heading]) and len(documented) == len(added) == count
    for place, text in documented.items():
        path = EDITS[heading][place][0]
        names = re.findall(r"`([\w.]+)`", text)
        # The new row of a registry is at its end, far from its name.
        registries = re.findall(r"^([A-Z_]+) = by_name", (changed[0] / path).read_text(), re.M)
        missing = [
            name
            for name in names
            if not re.search(rf"\b{name}\b", added[path]) and name not in [*registries, *ELSEWHERE]
        ]
        assert missing == [], f"{place} is said to have {missing}"


def test_without_the_edits_none_of_it_is_known(
    changed: tuple[Path, dict[str, dict[str, str]]],
) -> None:
    config = yaml.safe_load((changed[0] / "studies/added.yaml").read_text())
    with pytest.raises(ConfigurationError) as refused:
        validate(config, PROJECT / "rules/schemas")
    for name in ("halves", "plain", "squared_dice", "mean_distance"):
        assert name in str(refused.value)


def test_a_study_with_all_of_it_is_planned(
    changed: tuple[Path, dict[str, dict[str, str]]],
) -> None:
    study = Study(changed[0], Path("studies/added.yaml"), "added")
    plan = study.snakemake("--dry-run")
    for path in (
        "clustering/halves/k3.csv",
        "segmentation/cv/means_w1/seed0/fold0/weights.pt",
        "segmentation/cv/means_w2/seed2/fold4/weights.pt",
        "figures/volumes.png",
    ):
        assert f"results/added/{path}" in plan


def test_what_was_added_runs(
    changed: tuple[Path, dict[str, dict[str, str]]], tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(changed[0] / "workflow_scripts"),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path / "subjects.csv")],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["labels"] == [0, 0, 1, 0, 1]
    assert seen["logits"] == [2, 3, 5, 5, 5] and seen["bottleneck"] == 6
    # Six channels, each mean 0.5 from the middle in either domain, and a weight of 2.
    assert seen["objective"] == pytest.approx(2 * 6 * 2 * 0.25, abs=1e-3)
    assert seen["loss"] == pytest.approx([0, 1], abs=1e-3)
    assert seen["bars"] == [2, 1]
