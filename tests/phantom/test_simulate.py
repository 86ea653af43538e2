"""Simulated subjects: what a radiologist and a file format expect of them."""

from functools import cache

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage

from cirl.phantom.settings import CONTRASTS, SimulationSettings
from cirl.phantom.simulate import Phantom, draw_truth, simulate_subject, write_phantom

T1N, T1C, T2W, T2F = range(4)
KINDS = ["glioma", "meningioma", "metastasis", "low_grade"]


def settings_of(kind: str, scanner: str = "high_field", spacing: float = 4) -> SimulationSettings:
    return SimulationSettings(spacing, {kind: 1}, {scanner: 1})


@cache
def phantom_of(kind: str, scanner: str = "high_field", name: str = "p0001") -> Phantom:
    return simulate_subject(11, name, settings_of(kind, scanner))


def test_subject_depends_on_seed_and_name_only():
    first = phantom_of("metastasis")
    again = simulate_subject(11, "p0001", settings_of("metastasis"))
    np.testing.assert_array_equal(first.images, again.images)
    np.testing.assert_array_equal(first.label, again.label)
    other_seed = simulate_subject(12, "p0001", settings_of("metastasis"))
    for other in (other_seed, phantom_of("metastasis", name="p0002")):
        assert (other.images != first.images).mean() > 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_a_brats_subject(kind, tmp_path):
    phantom = phantom_of(kind)
    write_phantom(phantom, tmp_path)
    brain = None
    for contrast in CONTRASTS:
        image = nib.load(tmp_path / f"p0001-{contrast}.nii.gz")
        assert image.get_data_dtype() == np.int16
        assert image.header.get_zooms() == (4, 4, 4)
        assert nib.aff2axcodes(image.affine) == ("R", "A", "S")
        voxels = np.asanyarray(image.dataobj)
        brain = voxels > 0 if brain is None else brain
        np.testing.assert_array_equal(voxels > 0, brain)
        assert voxels.min() == 0
    seg = nib.load(tmp_path / "p0001-seg.nii.gz")
    assert seg.get_data_dtype() == np.uint8
    label = np.asanyarray(seg.dataobj)
    assert not label[~brain].any()
    assert 0.9e6 < brain.sum() * 64 < 2.3e6
    edges = [brain[0], brain[-1], brain[:, 0], brain[:, -1], brain[..., 0], brain[..., -1]]
    assert not any(edge.any() for edge in edges)


def test_equal_phantoms_are_equal_files(tmp_path):
    for folder in ("one", "two"):
        write_phantom(phantom_of("glioma"), tmp_path / folder)
    for one in (tmp_path / "one").iterdir():
        assert one.read_bytes() == (tmp_path / "two" / one.name).read_bytes()


@pytest.mark.parametrize(
    ("kind", "needed", "allowed"),
    [
        ("glioma", {1, 2, 3}, {1, 2, 3}),
        ("meningioma", {3}, {2, 3}),
        ("metastasis", {2, 3}, {1, 2, 3}),
        ("low_grade", {1, 2}, {1, 2}),
    ],
)
def test_labels_of_each_type(kind, needed, allowed):
    for name in ("p0001", "p0002"):
        found = set(np.unique(phantom_of(kind, name=name).label)) - {0}
        assert needed <= found <= allowed


@pytest.mark.parametrize("scanner", ["high_field", "low_field"])
def test_contrasts_are_ordered_as_in_mri(scanner):
    phantom = phantom_of("meningioma", scanner)
    healthy = (phantom.images[T1N] > 0) & (phantom.label == 0)
    core = ndimage.binary_erosion(phantom.images[T1N] > 0, iterations=4) & healthy
    t1, t2, flair = (phantom.images[c].astype(float) for c in (T1N, T2W, T2F))
    # Fluid deep in the brain is where T2 is brightest, white matter where T1 is.
    fluid = core & (t2 > np.percentile(t2[core], 98.5))
    white = core & (t1 > np.percentile(t1[core], 70)) & ~fluid
    assert np.median(t1[fluid]) < 0.8 * np.median(t1[white])
    assert np.median(flair[fluid]) < 0.8 * np.median(flair[white])
    assert np.median(t2[fluid]) > 1.5 * np.median(t2[white])


@pytest.mark.parametrize("kind", ["glioma", "meningioma", "metastasis"])
def test_enhancement_is_in_t1c_only(kind):
    phantom = phantom_of(kind)
    before, after = (phantom.images[contrast].astype(float) for contrast in (T1N, T1C))
    rise = after / np.maximum(before, 1)
    healthy = np.median(rise[(before > 0) & (phantom.label == 0)])
    assert np.median(rise[phantom.label == 3]) > 1.4 * healthy
    if (phantom.label == 2).any():
        assert np.median(rise[phantom.label == 2]) < 1.25 * healthy


def test_low_grade_does_not_enhance_and_is_bright_in_t2():
    phantom = phantom_of("low_grade")
    core = phantom.label == 1
    # Against the tissue around it, which has the same receive field.
    around = ndimage.binary_dilation(phantom.label > 0, iterations=4) & (phantom.label == 0)
    around &= ndimage.binary_erosion(phantom.images[T1N] > 0, iterations=2)
    for contrast, sign in ((T1N, -1), (T1C, -1), (T2W, 1), (T2F, 1)):
        image = phantom.images[contrast].astype(float)
        difference = (np.median(image[core]) - np.median(image[around])) / image[around].std()
        assert sign * difference > 0.5


def test_meningioma_lies_at_the_surface_and_glioma_does_not():
    def depth(phantom: Phantom) -> float:
        brain = phantom.images[T1N] > 0
        inside = ndimage.distance_transform_edt(brain, sampling=4)
        return float(inside[np.isin(phantom.label, (1, 3))].mean())

    names = ("p0001", "p0002")
    surface = np.mean([depth(phantom_of("meningioma", name=name)) for name in names])
    deep = np.mean([depth(phantom_of("glioma", name=name)) for name in names])
    assert surface < deep - 5


def test_same_subject_at_another_spacing():
    coarse = phantom_of("glioma")
    fine = simulate_subject(11, "p0001", settings_of("glioma", spacing=2.5))
    volume = [(p.label > 0).sum() * s**3 for p, s in ((coarse, 4), (fine, 2.5))]
    assert volume[1] == pytest.approx(volume[0], rel=0.15)
    middles = [
        nib.affines.apply_affine(p.affine, np.argwhere(p.label > 0).mean(0)) for p in (coarse, fine)
    ]
    np.testing.assert_allclose(middles[0], middles[1], atol=2)


def test_truth_is_that_of_the_subject():
    settings = settings_of("meningioma", "low_field")
    assert phantom_of("meningioma", "low_field").truth == draw_truth(11, "p0001", settings)


def test_who_is_healthy_has_the_same_brain_without_a_tumour():
    """The twin by name: equal where the other's tumour and its push do not reach."""
    healthy, ill = phantom_of("none"), phantom_of("metastasis")
    assert healthy.truth == {"tumour_type": "none", "scanner": "high_field", "grade": "none"}
    assert not healthy.label.any() and ill.label.any()
    np.testing.assert_array_equal(healthy.images[T1N] > 0, ill.images[T1N] > 0)
    brain = healthy.images[T1N] > 0
    far = brain & (ndimage.distance_transform_edt(ill.label == 0) * 4 > 30)
    same = np.corrcoef(healthy.images[T1N][far], ill.images[T1N][far])[0, 1]
    near = np.corrcoef(healthy.images[T2F][ill.label > 0], ill.images[T2F][ill.label > 0])[0, 1]
    assert same > 0.99 and near < 0.6
