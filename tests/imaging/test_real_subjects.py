"""Real subjects of three sources: all can be used, and nothing of their labels is lost at 1 mm."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from cirl.imaging import geometry
from cirl.imaging.images import read_label
from cirl.imaging.preprocessing import PreprocessingSettings, preprocess_or_exclude
from cirl.imaging.subjects import SubjectFiles
from cirl.study.cohorts import Cohort

pytestmark = pytest.mark.real_data
COHORTS = Path(__file__).parents[2] / "benchmarks/real_cohorts.yaml"
# Tumour voxels that the experts drew outside the images' brain, by subject.
OUTSIDE = {
    "ms_patient19": 3,
    "brats2013_pat0003": 120,
    "brats2013_pat0004": 14,
    "brats2013_pat0005": 2,
    "brats2013_pat0006": 481,
}


@pytest.mark.parametrize(("name", "count"), [("tcga", 2), ("ms", 3), ("brats2013", 6)])
def test_all_can_be_used_and_get_their_labels_back(real_data: Path, name: str, count: int) -> None:
    entry = yaml.safe_load(COHORTS.read_text())[name]
    cohort = Cohort(name=name, root=str(real_data / entry.pop("folder")), **entry)
    assert len(cohort.find()) == count
    for found in cohort.find():
        files = SubjectFiles(**cohort.files(found))
        result = preprocess_or_exclude(files, PreprocessingSettings(1.0, (0.5, 99.5)), True)
        metadata = result.metadata
        assert metadata["status"] == "ok", metadata["reason"]
        assert metadata["spacing"] == pytest.approx([1, 1, 1], abs=1e-5)
        original, _ = read_label(files.label, files.label_map)
        back = geometry.to_original_grid(result.label, metadata["geometry"])
        # What lies beyond the brain's box cannot come back, but it is known how much it is.
        assert np.array_equal(back[back > 0], original[back > 0])
        lost = np.count_nonzero(original) - np.count_nonzero(back)
        assert lost == sum(metadata["tumour_beyond_box"].values())
        outside = OUTSIDE.get(files.subject)
        notes = [f"label: {outside} of {np.count_nonzero(original)} tumour voxels"] * bool(outside)
        assert [note.split(" (")[0] for note in metadata["notes"]] == notes
        for contrast in result.image:
            brain = contrast[contrast != 0]
            assert abs(np.median(brain)) < 1 and 0.7 < brain.std() < 1.5
