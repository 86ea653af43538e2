"""A wrong configuration stops before any job, with a line that names the key."""

from pathlib import Path

import pytest

from cirl.configuration.validation import ConfigurationError, check_references, validate
from cirl.imaging.bias_field import BiasSettings
from cirl.imaging.preprocessing import preprocessing_settings


@pytest.fixture
def config(demo: dict) -> dict:
    return demo


@pytest.fixture
def schemas(project: Path) -> Path:
    return project / "rules/schemas"


def test_the_demo_is_valid_and_complete(config: dict, schemas: Path) -> None:
    validate(config, schemas)
    check_references(config)
    phantom = config["cohorts"]["phantom"]
    assert phantom["label_map"] == {"1": "NCR", "2": "ED", "3": "ET"}
    assert phantom["pattern"] == "{subject}/{subject}-{contrast}.nii.gz"


def test_a_method_alone_switches_bias_correction_on(config: dict, schemas: Path) -> None:
    config["preprocessing"] = {"bias_correction": {"method": "n4"}}
    settings = preprocessing_settings(
        validate(config, schemas)["preprocessing"], config["contrasts"]
    )
    assert settings.bias == BiasSettings(spacing=4, iterations=(50,) * 4, convergence=0.001)
    assert settings.normalisation == "zscore" and settings.percentiles[0] == 1


def test_a_misspelt_key_names_itself_and_the_nearest(config: dict, schemas: Path) -> None:
    config["preprocessing"]["spacng"] = 2
    with pytest.raises(ConfigurationError) as caught:
        validate(config, schemas)
    assert "preprocessing.spacng: unknown key, did you mean 'spacing'?" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("seed",), -1, "seed: -1 is less than the minimum of 0"),
        (("preprocessing", "spacing"), "wide", "preprocessing.spacing: 'wide' is not of type"),
        (("cohorts", "phantom", "label_map"), {1: "a core"}, "'a core' does not match"),
        (("contrasts",), ["t1n", "t1n"], "contrasts"),
    ],
)
def test_a_wrong_value_is_named(
    config: dict, schemas: Path, path: tuple[str, ...], value: object, message: str
) -> None:
    place = config
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ConfigurationError) as caught:
        validate(config, schemas)
    assert message in str(caught.value)


def test_all_mistakes_are_told_at_once(config: dict, schemas: Path) -> None:
    config["sed"] = 1
    del config["study"]
    with pytest.raises(ConfigurationError) as caught:
        validate(config, schemas)
    assert "sed: unknown key, did you mean 'seed'?" in str(caught.value)
    assert "study: is missing" in str(caught.value)


def test_names_that_are_used_must_be_defined(config: dict, schemas: Path, tmp_path: Path) -> None:
    validate(config, schemas)
    config["use"]["cohorts"] = ["phantm", "clinic"]
    config["cohorts"]["clinic"] = {**config["cohorts"]["phantom"], "root": f"{tmp_path}/none"}
    config["cohorts"]["clinic"]["simulate"] = None
    config["cohorts"]["clinic"]["contrasts"] = {"t1n": "T1"}
    with pytest.raises(ConfigurationError) as caught:
        check_references(config)
    text = str(caught.value)
    assert "use.cohorts: 'phantm' is not defined, did you mean 'phantom'?" in text
    assert f"cohorts.clinic.root: no folder {tmp_path}/none" in text
    assert "the study uses 't1c', which it does not name" in text


def test_a_folds_clustering_may_not_look_for_the_lesion(config: dict, schemas: Path) -> None:
    config["arms"]["dann_vdec"]["adversary"]["domains"]["fit"] = "fold"
    check_references(validate(config, schemas))
    domains = config["arms"]["dann_vdec"]["adversary"]["domains"]
    config["clustering"]["slices"]["position"] = "largest_lesion"
    with pytest.raises(ConfigurationError, match="arms.dann_vdec.adversary.domains: with fit: fol"):
        check_references(config)
    config["clustering"]["fit"], domains["fit"] = "all", None
    check_references(config)
    config["clustering"]["fit"] = "fold"
    with pytest.raises(ConfigurationError, match="position is 'largest_lesion'"):
        check_references(config)


def test_an_arm_may_take_the_selected_clustering(config: dict, schemas: Path) -> None:
    config["arms"]["dann_kmeans"]["adversary"]["domains"] = {"clustering": "gmm", "k": "selected"}
    check_references(validate(config, schemas))
    config["arms"]["dann_kmeans"]["adversary"]["domains"]["clustering"] = "gnm"
    with pytest.raises(ConfigurationError, match="gnm_selected is not in the sweep, did you mean"):
        check_references(config)


def test_latents_of_slices_need_images(config: dict, schemas: Path) -> None:
    config["use"] = {"cohorts": [], "arms": []}
    config["clustering"]["features"]["source"] = "joined"
    with pytest.raises(ConfigurationError, match="clustering.features.source: joined needs images"):
        check_references(validate(config, schemas))


def test_clusterings_that_are_used_must_be_in_the_sweep(config: dict, schemas: Path) -> None:
    config["evaluation"]["clusterings"] = ["kmeans_k3", "kmean_k2"]
    config["arms"]["dann_kmeans"]["adversary"]["domains"]["k"] = 17
    validate(config, schemas)
    with pytest.raises(ConfigurationError) as caught:
        check_references(config)
    text = str(caught.value)
    assert "evaluation.clusterings: kmean_k2 is not in the sweep, did you mean 'kmeans_k2'?" in text
    assert "arms.dann_kmeans.adversary.domains: kmeans_k17 is not in the sweep" in text
    config["clustering"]["k"] = [4, 2]
    with pytest.raises(ConfigurationError, match=r"clustering\.k: \[4, 2\], expected"):
        check_references(config)


def test_draws_must_be_able_to_reach_the_level(config: dict, schemas: Path) -> None:
    config["clustering"]["selection"] = {"alpha": 0.02}
    config["clustering"]["evidence"] = {"draws": 48}
    validate(config, schemas)
    with pytest.raises(ConfigurationError, match=r"evidence\.draws.*at least 49"):
        check_references(config)
    for enough in (49, 0):
        config["clustering"]["evidence"]["draws"] = enough
        check_references(config)
    # A deep algorithm with draws enough is another family.
    config["clustering"]["evidence"]["draws"] = 98
    config["clustering"]["deep"]["evidence"]["null_draws"] = 49
    with pytest.raises(ConfigurationError, match=r"corrected for 2 families.*at least 99"):
        check_references(config)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"participants": None}, "participants: a table is needed for tumour_type, scanner, grade"),
        ({"clinical": ["status"]}, "a column 'status' is ours"),
        ({"clinical": ["patient"]}, "'patient' is ours, .* or name it in patient_column"),
        ({"patient_column": "mrn"}, "a simulated cohort has no column 'mrn'"),
        ({"patient_column": "mrn", "patient": "{patient}-*"}, "has patient and patient_column"),
    ],
)
def test_known_columns_need_a_table_and_names_of_their_own(
    config: dict, schemas: Path, change: dict, message: str
) -> None:
    config["cohorts"]["phantom"] |= change
    validate(config, schemas)
    with pytest.raises(ConfigurationError, match=message):
        check_references(config)


def test_a_scale_of_each_fold_is_learnt_from_nobody_else(config: dict, schemas: Path) -> None:
    given = {"fit": "fold", "standard": "scale.csv", "cohorts": ["phantom"]}
    config["preprocessing"]["nyul"] = given
    validate(config, schemas)
    with pytest.raises(ConfigurationError) as caught:
        check_references(config)
    assert "preprocessing.nyul.standard: 'scale.csv', but with fit: fold" in str(caught.value)
    assert "preprocessing.nyul.cohorts: ['phantom'], but with fit: fold" in str(caught.value)
    config["preprocessing"]["nyul"] = {"fit": "fold"}
    validate(config, schemas)
    check_references(config)


def test_values_out_of_order_and_cohorts_that_take_no_part_are_named(
    config: dict, schemas: Path
) -> None:
    config["preprocessing"]["clip"] = [99, 1]
    config["preprocessing"]["nyul"] = {"percentiles": [1, 50, 40, 99], "cohorts": ["fantom"]}
    config["evaluation"]["lesions_of"] = {"fantom": {"dilation": 1}}
    config["arms"]["baseline"] = {"cohorts": ["phantum"]}
    validate(config, schemas)
    with pytest.raises(ConfigurationError) as caught:
        check_references(config)
    text = str(caught.value)
    assert "preprocessing.clip: 99 to 1, expected the smaller one first" in text
    assert "preprocessing.nyul.percentiles: [1, 50, 40, 99], expected ascending" in text
    assert "preprocessing.nyul.cohorts: the study uses no cohort 'fantom', did you mean" in text
    assert "evaluation.lesions_of: the study uses no cohort 'fantom', did you mean" in text
    assert "arms.baseline.cohorts: the study uses no cohort 'phantum', did you mean" in text


@pytest.mark.parametrize(
    "name",
    [
        "x;touch${IFS}P",
        "$(touch P)",
        "`touch P`",
        "a b",
        "a\n",
        "a\ntouch",
        "a|b",
        "a&b",
        "a>b",
        "a'b",
        'a"b',
        "a\\b",
        "-f",
        "--help",
        "*",
        "~root",
        "",
        "a#b",
        "é",
        "{a,b}",
        "a!b",
    ],
)
def test_what_is_no_name_of_a_module_is_refused(name: str, schemas: Path) -> None:
    """A shell loads them."""
    with pytest.raises(
        ConfigurationError, match=r"modules\.imaging\.0: .*does not match.*name of a module"
    ):
        validate({"study": "x", "modules": {"imaging": [name]}}, schemas)


@pytest.mark.parametrize(
    "name",
    ["cirl/imaging", "Python/3.11.3-GCCcore-12.3.0", "gcc-12.2.0-x7k", "libstdc++/6", "R_4.3"],
)
def test_names_of_modules_are_taken(name: str, schemas: Path) -> None:
    config = validate({"study": "x", "modules": {"training": [name]}}, schemas)
    assert config["modules"]["training"] == [name]


@pytest.mark.parametrize(
    "config",
    [
        {"study": "x\n"},
        {"study": ".."},
        {"study": "x", "contrasts": ["t1n\n"]},
        {"study": "x", "arms": {"a\n": {}}},
        {"study": "x", "arms": {"..": {}}},
        {"study": "x", "cohorts": {"..": {"root": "."}}},
        {"study": "x", "cohorts": {"-c": {"root": "."}}},
        {"study": "x", "cohorts": {"c\n": {"root": "."}}},
        {"study": "x", "radiomics": {"table": {"path": {"..": "t.csv"}}}},
    ],
)
def test_names_that_become_folders_have_no_line_breaks_and_lead_nowhere_else(
    config: dict, schemas: Path
) -> None:
    with pytest.raises(ConfigurationError, match="does not match"):
        validate(config, schemas)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("pattern", "{subject}_{contrast}.nii"),
        ("label", "gt"),
        ("label_map", {1: "NCR", 2: "ED", 4: "ET"}),
        ("brain_mask", "mask"),
        ("contrasts", {"t1n": "T1", "t1c": "t1c", "t2w": "t2w", "t2f": "t2f"}),
        ("root", "."),
    ],
)
def test_what_is_said_of_a_folder_cannot_be_meant_of_a_simulated_cohort(
    key: str, value: object, schemas: Path
) -> None:
    config = validate({"study": "x", "cohorts": {"p": {"simulate": {}, key: value}}}, schemas)
    with pytest.raises(ConfigurationError, match=f"cohorts.p.*{key}"):
        check_references(config)


def test_a_column_that_a_simulated_cohort_does_not_have_is_told(schemas: Path) -> None:
    phantom = {"simulate": {}, "participants": "participants.tsv", "domains": ["scaner"]}
    config = validate({"study": "x", "cohorts": {"p": phantom}}, schemas)
    with pytest.raises(ConfigurationError, match="no column 'scaner', did you mean 'scanner'"):
        check_references(config)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"contrasts": {"t1n": "T1", "t1c": "T1", "t2w": "T2", "t2f": "F"}},
            "contrasts.t1n and contrasts.t1c are both 'T1'",
        ),
        ({"label": "t2f"}, "contrasts.t2f and label are both 't2f'"),
        ({"brain_mask": "seg"}, "label and brain_mask are both 'seg'"),
        ({"brain_mask": "t1n"}, "contrasts.t1n and brain_mask are both 't1n'"),
    ],
)
def test_one_file_is_not_two_of_a_subjects(
    config: dict, schemas: Path, change: dict, message: str
) -> None:
    config["cohorts"]["phantom"] |= change
    validate(config, schemas)
    with pytest.raises(ConfigurationError) as caught:
        check_references(config)
    assert f"cohorts.phantom: {message}" in str(caught.value)


def test_a_name_that_the_study_does_not_use_may_be_anything(config: dict, schemas: Path) -> None:
    names = {contrast: contrast for contrast in config["contrasts"]}
    own = {"root": ".", "contrasts": {**names, "adc": config["contrasts"][0]}}
    config["cohorts"] = {"clinic": own}
    config["use"]["cohorts"] = ["clinic"]
    checked = validate(config, schemas)
    check_references(checked)
    checked["contrasts"].append("adc")
    with pytest.raises(ConfigurationError, match="cohorts.clinic: .* and contrasts.adc are both"):
        check_references(checked)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("domains", ["site\n\n.. raw:: html\n\n   <img src=x>"]),
        ("domains", ["\x1b[31msite"]),
        ("clinical", ["grade\r"]),
    ],
)
def test_a_column_is_one_line_of_text(key: str, value: list[str], schemas: Path) -> None:
    config = {"study": "s", "cohorts": {"a": {"root": "x", "participants": "p.tsv", key: value}}}
    with pytest.raises(ConfigurationError, match=rf"cohorts.a.{key}.0: .* does not match"):
        validate(config, schemas)


@pytest.mark.parametrize("sections", [{"study": "s" * 101}, {"arms": {"a" * 101: {}}}])
def test_names_that_would_be_too_long_for_files_are_refused(sections: dict, schemas: Path) -> None:
    with pytest.raises(ConfigurationError, match="is too long"):
        validate({"study": "s", "cohorts": {"a": {"root": "x"}}, **sections}, schemas)
