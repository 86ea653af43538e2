"""What a layout says stands in the cohort's keys; what is unclear is refused with its key."""

import json
from pathlib import Path

import pytest

from cirl.configuration.dataset_json import Described, DescriptionError
from cirl.configuration.validation import ConfigurationError, check_references, validate

SCHEMAS = Path(__file__).parents[2] / "rules/schemas"
REGIONS = {"background": 0, "whole tumor": [1, 2, 3], "tumor core": [2, 3], "enhancing tumor": 3}


def checked(cohort: dict, **keys: object) -> dict:
    config = {"study": "x", "cohorts": {"c": cohort}, **keys}
    config.setdefault("contrasts", ["t1c", "t2f"])
    validate(config, SCHEMAS)
    check_references(config)
    return config["cohorts"]["c"]


def refused(cohort: dict, **keys: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        checked(cohort, **keys)
    return str(caught.value)


def described(folder: Path, **content: object) -> dict:
    (folder / "dataset.json").write_text(json.dumps(content))
    return {"root": str(folder), "layout": "nnunet"}


def test_brats_is_what_holds_without_a_word(tmp_path: Path) -> None:
    plain = checked({"root": str(tmp_path)})
    assert plain == checked({"root": str(tmp_path), "layout": "brats"})
    assert plain["pattern"] == "{subject}/{subject}-{contrast}.nii.gz"
    assert (plain["patterns"], plain["label"], plain["brain_mask"]) == ({}, "seg", None)


def test_channels_and_labels_come_from_dataset_json(tmp_path: Path) -> None:
    channels = {"0": "T2-FLAIR", "1": "T1", "2": "T1-CE"}
    keys = described(tmp_path, channel_names=channels, labels=REGIONS, file_ending=".nii")
    cohort = checked(keys)
    # A channel that the study does not use is known, so that its files are no strays.
    assert cohort["contrasts"] == {"t1c": "0002", "t2f": "0000", "channel1": "0001"}
    assert cohort["label_map"] == {"1": "ED", "2": "NCR", "3": "ET"}
    assert cohort["pattern"] == "imagesTr/{subject}_{contrast}.nii"
    assert cohort["patterns"] == {"label": "labelsTr/{subject}.nii"}
    # Checked again, as every job does, it is the same.
    assert checked({key: value for key, value in cohort.items() if key != "simulate"}) == cohort


@pytest.mark.parametrize(
    ("content", "more", "says"),
    [
        ({}, {}, "contrasts.t1c: 't1c', but no"),
        ({"channel_names": {"0": "MRI"}}, {}, "no channel is called like 't1c'"),
        ({"channel_names": {"0": "MRI"}}, {}, "has 0 'MRI'; expected a name or a number"),
        ({"channel_names": {"0": "T1ce", "1": "t1gd"}}, {}, "2 channels are called like 't1c'"),
        ({"channel_names": {"0": "T1ce"}}, {"t1c": "3"}, "contrasts.t1c: no channel 3"),
        ({"channel_names": {"1": "T1ce"}}, {}, "numbered from 0"),
        ({"channel_names": {"0": "T1ce"}}, {}, "label_map: is not given, and"),
        ({"channel_names": {"0": "T1ce"}, "labels": {"tumour": 1}}, {}, "label_map: is not given"),
        ({"channel_names": {"0": "T1ce"}, "file_ending": ".mha"}, {}, "images end in .mha"),
        ([], {}, "cannot be read"),
    ],
)
def test_what_dataset_json_leaves_open_is_refused(
    tmp_path: Path, content: object, more: dict, says: str
) -> None:
    keys = described(tmp_path) | {"contrasts": more} if more else described(tmp_path)
    (tmp_path / "dataset.json").write_text(json.dumps(content))
    said = refused(keys, contrasts=["t1c"])
    assert says in said and "cohorts.c." in said


def test_without_dataset_json_numbers_and_a_label_map_will_do(tmp_path: Path) -> None:
    keys = {"root": str(tmp_path), "layout": "nnunet", "contrasts": {"t1c": "1", "t2f": "0"}}
    assert "label_map: is not given" in refused(keys)
    cohort = checked(keys | {"label_map": {1: "ET"}})
    assert cohort["contrasts"] == {"t1c": "0001", "t2f": "0000"}
    together = checked(keys | {"label_map": {1: "ET"}, "layout": "msd"})
    assert together["contrasts"] == {"t1c": "1", "t2f": "0"} and together["volumes"] is None


def test_an_unused_cohort_is_not_looked_into(tmp_path: Path) -> None:
    cohorts = {"c": {"root": str(tmp_path)}, "d": {"root": "/nowhere", "layout": "msd"}}
    config = {"study": "x", "cohorts": cohorts, "use": {"cohorts": ["c"]}}
    config = validate(config, SCHEMAS)
    check_references(config)
    with pytest.raises(ConfigurationError, match="nowhere"):
        check_references(config | {"use": config["use"] | {"cohorts": ["c", "d"]}})


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"layout": "bids"}, "label: the layout bids does not say which file is the label"),
        ({"layout": "bdis"}, "layout: 'bdis' is not one of"),
        ({"layout": ["bids"]}, "layout: ['bids'] is not"),
        ({"patterns": {"labell": "{subject}.nii"}}, "called 'labell', did you mean 'label'?"),
        ({"patterns": {"label": "a.nii"}}, "patterns.label: 'a.nii' does not match"),
        ({"patterns": ["a"]}, "patterns: ['a'] is not of type 'object'"),
        ({"pattern": "{subject}.nii.gz"}, "contrasts.t1c: 't1c', but pattern has no {contrast}"),
        ({"pattern": "{subject}.nii.gz"}, "patterns.label: is missing"),
        (
            {"pattern": "{subject}[_{session}]_{contrast}.nii", "patterns": {"label": "{subject}"}},
            "patterns.label: has no {session}",
        ),
        (
            {"patterns": {"brain_mask": "{subject}/{contrast}.nii"}},
            "brain_mask says nothing that could stand for {contrast}",
        ),
        (
            {"patterns": {"t1c": "{subject}/x.nii", "label": "{subject}/x.nii"}},
            "contrasts.t1c and label are both '{subject}/x.nii'",
        ),
        (
            {
                "pattern": "{subject}.nii",
                "contrasts": {"t1c": "1", "t2f": "1"},
                "patterns": {"label": "l/{subject}.nii"},
            },
            "contrasts.t1c and contrasts.t2f are both '{subject}.nii[1]'",
        ),
    ],
)
def test_patterns_that_leave_something_open_are_refused(
    tmp_path: Path, keys: dict, says: str
) -> None:
    assert says in refused({"root": str(tmp_path), **keys})


def test_one_name_in_two_folders_is_two_files(tmp_path: Path) -> None:
    patterns = {"label": "labels/{subject}_{contrast}.nii", "t2f": "flair/{subject}.nii"}
    keys = {"pattern": "{subject}_{contrast}.nii", "label": "t1c", "patterns": patterns}
    assert checked({"root": str(tmp_path), **keys})["patterns"] == patterns


class TestPaths:
    def test_home_and_variables_are_put_in(self, tmp_path: Path, monkeypatch) -> None:
        for name in ("a", "b c"):
            (tmp_path / name).mkdir()
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("DATA", "b c")
        for root, expected in (
            ("~/a", "a"),
            (f"{tmp_path}/$DATA", "b c"),
            ("~/${DATA}", "b c"),
        ):
            assert checked({"root": root})["root"] == f"{tmp_path}/{expected}"

    def test_every_path_of_a_study(self, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.setenv("DATA", str(tmp_path))
        config = {"study": "x", "cohorts": {"c": {"root": "$DATA", "participants": "$DATA/p.csv"}}}
        config["preprocessing"] = {"nyul": {"standard": "$DATA/s.csv"}}
        config["radiomics"] = {"table": {"path": {"c": "$DATA/t.csv"}}}
        validate(config, SCHEMAS)
        assert config["cohorts"]["c"]["participants"] == f"{tmp_path}/p.csv"
        assert config["preprocessing"]["nyul"]["standard"] == f"{tmp_path}/s.csv"
        assert config["radiomics"]["table"]["path"] == {"c": f"{tmp_path}/t.csv"}

    def test_an_unset_variable_is_named_with_its_key(self, monkeypatch) -> None:
        monkeypatch.delenv("CIRL_NOT_SET", raising=False)
        for root in ("$CIRL_NOT_SET/a", "/x/${CIRL_NOT_SET}"):
            said = refused({"root": root})
            assert f"cohorts.c.root: {root}: the environment variable CIRL_NOT_SET is not" in said

    def test_a_folder_that_is_called_so_is_itself(self, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.chdir(tmp_path)
        for name in ("pt$5", "$CIRL_NOT_SET", "~"):
            Path(name).mkdir()
            assert checked({"root": name})["root"] == name
        assert checked({"root": f"{tmp_path}/pt$5"})["root"] == f"{tmp_path}/pt$5"


@pytest.mark.parametrize(
    "labels",
    [
        {"wt": [1, 2], "lesion": [2]},
        {"whole tumor": [1, 2], "enhancing tumor": [2]},
        {"edema": "one"},
        None,
        "edema",
    ],
)
def test_labels_that_are_not_understood_are_no_guess(labels: object) -> None:
    with pytest.raises(DescriptionError, match="say which values are NCR, ED, ET"):
        Described(Path("x"), [], labels).label_map()
