"""The contact sheet: who is where, what is outlined, and how little is read for it."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba

from cirl.imaging.regions import REGIONS
from cirl.imaging.store import open_subject, write_subject
from cirl.report.figures.contact_sheet import MARK, draw_pages, order_subjects
from cirl.report.figures.style import REGION_COLOURS
from cirl.report.figures.thumbnails import read_thumbnail

SHAPE = (40, 48, 70)
HEIGHT = 50


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Five subjects with a tumour of nested boxes in one slice, one of them without any."""
    folder = tmp_path_factory.mktemp("store")
    for number in range(1, 6):
        image = np.random.default_rng(number).normal(size=(2, *SHAPE)).astype(np.float32)
        label = np.zeros(SHAPE, np.uint8)
        if number != 5:
            label[10:20, 10:20, HEIGHT] = 2
            label[12:18, 12:18, HEIGHT] = 1
            label[14:16, 14:16, HEIGHT] = 3
        metadata = {"status": "ok", "reason": "", "contrasts": ["t1n", "t2f"]}
        metadata |= {"spacing": [1.0] * 3, "largest_slice": HEIGHT}
        write_subject(folder, f"c_{number}", image, label, metadata)
    return folder


@pytest.fixture
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Quality and subjects: c_3 and c_5 are outliers, c_0 and c_9 are excluded."""
    quality = pd.DataFrame(
        {
            "subject": [f"c_{number}" for number in (0, 1, 2, 3, 4, 5, 9)],
            "status": ["excluded", *["ok"] * 5, "excluded"],
            "outlier": [False, False, False, True, False, True, False],
            "score": [np.nan, 3.0, 1.0, 4.5, 2.0, np.inf, np.nan],
            "why": ["", "", "", "brain volume low (600 ml, z -4.5)", "", "no tumour", ""],
        }
    )
    reasons = ["/a/long/folder/p0/t1c.nii.gz: no such file", "", "", "", "", "", "torn"]
    return quality, quality[["subject", "status"]].assign(reason=reasons)


def test_outliers_come_first_and_excluded_subjects_last(tables) -> None:
    sheet = order_subjects(*tables)
    assert sheet["subject"].tolist() == ["c_5", "c_3", "c_1", "c_2", "c_4", "c_0", "c_9"]
    assert sheet["text"].tolist()[:2] == ["no tumour", "brain volume low (600 ml, z -4.5)"]
    assert sheet["text"].tolist()[-2:] == [tables[1]["reason"].iloc[0], "torn"]
    backwards = order_subjects(tables[0][::-1], tables[1][::-1])
    pd.testing.assert_frame_equal(sheet, backwards)


def tiles(figure) -> dict[str, plt.Axes]:
    """The tiles of a page by the name below them."""
    return {
        text.get_text(): axis
        for axis in figure.axes
        for text in axis.texts
        if text.get_text().startswith("c_")
    }


def test_pages_hold_every_subject_once_in_order(store, tables) -> None:
    names, titles = [], []
    for figure in draw_pages(order_subjects(*tables), store, "t2f", tiles=3):
        names.append(list(tiles(figure)))
        titles.append(figure.texts[0].get_text().split(":")[0])
        plt.close(figure)
    assert names == [["c_5", "c_3", "c_1"], ["c_2", "c_4", "c_0"], ["c_9"]]
    assert titles == ["Page 1 of 3", "Page 2 of 3", "Page 3 of 3"]


def test_a_page_is_drawn_when_it_is_asked_for(store, tables) -> None:
    before = plt.get_fignums()
    pages = draw_pages(order_subjects(*tables), store, "t2f", tiles=3)
    assert plt.get_fignums() == before
    next(pages)
    assert len(plt.get_fignums()) == len(before) + 1


def test_outlines_are_those_of_the_regions_in_their_colours(store, tables) -> None:
    (figure,) = draw_pages(order_subjects(*tables), store, "t2f", tiles=100)
    axis = tiles(figure)["c_1"]
    spans = {}
    for part in axis.collections:
        corners = np.concatenate([path.vertices for path in part.get_paths()])
        spans[tuple(part.get_edgecolor()[0])] = float(np.ptp(corners[:, 0]))
    expected = {"WT": 10, "TC": 6, "ET": 2}
    assert spans == {to_rgba(REGION_COLOURS[name]): size for name, size in expected.items()}
    assert set(expected) <= set(REGIONS)
    assert not tiles(figure)["c_5"].collections  # no tumour, no outline
    shown = axis.images[0].get_array()
    np.testing.assert_array_equal(shown, read_thumbnail(store, "c_1", "t2f").image)


def test_only_outliers_are_framed_and_told_what_is_odd(store, tables) -> None:
    (figure,) = draw_pages(order_subjects(*tables), store, "t2f", tiles=100)
    framed = {
        name: axis.spines["left"].get_edgecolor() == to_rgba(MARK)
        for name, axis in tiles(figure).items()
        if axis.spines["left"].get_visible()
    }
    assert framed == {"c_5": True, "c_3": True, "c_0": False, "c_9": False}
    said = [text.get_text() for text in tiles(figure)["c_3"].texts]
    assert said == ["c_3", "brain volume low (600 ml, z\n-4.5)"]
    assert [text.get_text() for text in tiles(figure)["c_1"].texts] == ["c_1", ""]


def test_excluded_subjects_are_empty_tiles_with_their_reason(store, tables) -> None:
    (figure,) = draw_pages(order_subjects(*tables), store, "t2f", tiles=100)
    axis = tiles(figure)["c_0"]
    assert not axis.images
    assert axis.texts[0].get_text() == "excluded\n\nt1c.nii.gz: no such file"


def test_one_slice_of_one_contrast_is_read(store, monkeypatch) -> None:
    asked = []

    class Spy:
        def __init__(self, array):
            self.array, self.shape = array, array.shape

        def __getitem__(self, place):
            part = self.array[place]
            asked.append(np.asarray(part).size)
            return part

    def spied(folder, subject):
        stored = open_subject(folder, subject)
        return type(stored)(subject, Spy(stored.image), Spy(stored.label), stored.metadata)

    monkeypatch.setattr("cirl.report.figures.thumbnails.open_subject", spied)
    read_thumbnail(store, "c_1", "t2f")
    assert asked == [SHAPE[0] * SHAPE[1]] * 2  # of 40 x 48 x 70 voxels, image and label
