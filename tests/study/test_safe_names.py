"""Ids made of names that may be anything: never two of one, and nothing in them is obeyed."""

import os
import re
import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from snakemake.io import PeriodicityDetector
from snakemake.target_jobs import parse_target_jobs_cli_args
from snakemake_interface_executor_plugins.utils import (
    TargetSpec,
    encode_target_jobs_cli_args,
    format_cli_arg,
)

from cirl.study.safe_names import LONGEST_ID, can_be_listed, safe_name, told_apart
from cirl.study.subjects import by_full_name, by_id, cohort_of, subject_id

HOSTILE = [
    "$(touch stolen)",
    "pt$5",
    "`id`",
    "a,b",
    "it's",
    'say "x"',
    "a;b&c|d",
    "a b",
    "ends ",
    " begins",
    "-rf",
    "--config=x",
    ".hidden",
    "..",
    ".",
    "{subject}",
    "<results>",
    "a\nb",
    "a\tb",
    "\r",
    "café",
    unicodedata.normalize("NFD", "café"),
    "🧠",
    "\u202egnp.exe",
    "\x1b[31mred",
    "n\udcff",
    "患者一",
    "</script><img src=x>",
    "=1+2",
    "%s",
    "a\\b",
    "*",
    "p" * 240,
    "é" * 120,
    "x=y:z",
]
NAMES = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=80)
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
SAFE_NAMES = st.builds(str.__add__, st.sampled_from(LETTERS), st.text(LETTERS + ".-", max_size=80))


@given(NAMES)
@settings(max_examples=300)
def test_an_id_is_safe_whatever_the_name(name: str) -> None:
    made = subject_id("clinic", name)
    assert re.fullmatch(r"clinic_[A-Za-z0-9][A-Za-z0-9._-]*|clinic_" + re.escape(name), made)
    assert made.isascii() and len(made) <= LONGEST_ID and cohort_of(made) == "clinic"
    assert safe_name(safe_name(name)) == safe_name(name)


@given(SAFE_NAMES)
def test_a_safe_name_stays_as_it_is(name: str) -> None:
    assert subject_id("c", name) == f"c_{name}"


@given(st.lists(st.one_of(NAMES, SAFE_NAMES, st.sampled_from(HOSTILE)), unique=True, max_size=60))
@settings(max_examples=200)
def test_two_names_have_two_ids(names: list[str]) -> None:
    assert list(by_id(("c", name) for name in names).values()) == names


def test_names_that_differ_in_little_have_ids_that_do() -> None:
    ids = [subject_id("c", name) for name in HOSTILE]
    assert len({one.casefold() for one in ids}) == len(HOSTILE)
    # Behind the letters stands the beginning of its SHA-256.
    assert subject_id("c", "pt$5") == "c_pt_5-x5c6a87970217"
    assert subject_id("c", "A b") != subject_id("c", "a b")
    assert subject_id("c", "Müller 1").startswith("c_Muller_1-x")


def test_a_long_name_is_cut_and_keeps_its_hash() -> None:
    made = subject_id("c" * 64, "p" * 240)
    assert len(made) == LONGEST_ID
    assert made != subject_id("c" * 64, "p" * 239)
    # What stands behind an id in the longest name of a file, twice over.
    assert len(f"{made}.image.b2nd") + 30 < 255


def test_an_end_that_snakemake_takes_for_an_endless_rule_is_changed() -> None:
    detector = PeriodicityDetector()
    for name in ("p" * 120, "scan_" + "0" * 20, "x" + "ab" * 20, "0" * 19, "01" * 19 + "0"):
        assert detector.is_periodic(subject_id("c", name)) is None
        assert (safe_name(name) == name) is (detector.is_periodic(f"c_{name}") is None)


def test_one_that_is_called_as_another_ones_id_is_refused_and_both_are_named() -> None:
    other = safe_name("pt$5")
    with pytest.raises(ValueError, match=rf"cohorts.c: 'pt\$5' and '{other}' are two subjects"):
        by_id([("c", "pt$5"), ("c", other)])
    # Of two cohorts they are no trouble.
    assert len(by_id([("c", "pt$5"), ("d", other)])) == 2


def test_capitals_count_where_files_do_not_tell_them_apart(tmp_path: Path) -> None:
    pairs = [("c", "p1"), ("c", "P1")]
    assert list(by_id(pairs)) == ["c_p1", "c_P1"]
    with pytest.raises(ValueError, match="'p1' and 'P1'.*files here do not tell capitals"):
        by_id(pairs, told_apart=False)
    (tmp_path / "Folder").mkdir()
    expected = not (tmp_path / "fOLDER").exists()
    assert told_apart(str(tmp_path / "Folder")) is expected
    assert told_apart(str(tmp_path / "Folder/not/yet")) is expected
    # A link of that name is what such a file system answers with.
    (tmp_path / "fOLDER").symlink_to("Folder")
    assert not told_apart(str(tmp_path / "Folder")) and told_apart("/")


def test_a_table_may_call_a_subject_by_its_full_name_or_its_id() -> None:
    made = subject_id("c", "pt$5 ")
    known = by_full_name([(made, "c", "pt$5 "), ("c_a", "c", "a")])
    assert known == {"c_pt$5": made, made: made, "c_a": "c_a"}


def as_a_shell_reads(text: str) -> list[str]:
    """The words that a job's script hands on."""
    call = ["sh", "-c", f"printf '%s\\0' {text}"]
    return os.fsdecode(subprocess.run(call, capture_output=True, check=True).stdout).split("\0")[
        :-1
    ]


@given(st.lists(st.one_of(NAMES, st.sampled_from(HOSTILE)), min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
@example(HOSTILE)
def test_a_job_on_a_cluster_gets_the_paths_that_can_be_listed(names: list[str]) -> None:
    paths = [f"data/{name}/{name}-t1n.nii.gz" for name in names]
    listed = [path for path in paths if can_be_listed(path)]
    words = as_a_shell_reads(format_cli_arg("--wait-for-files", listed)) if listed else [""]
    assert words[1:] == listed


def test_what_cannot_be_listed() -> None:
    unlisted = {name for name in HOSTILE if not can_be_listed(f"data/{name}")}
    assert unlisted == {
        *("{subject}", "<results>", "a\nb", "a\tb", "\r", "\u202egnp.exe", "\x1b[31mred"),
        *("n\udcff", "</script><img src=x>", "a\\b"),
    }
    # Python takes double quotation marks for it, in which a shell obeys.
    assert can_be_listed("O'Brien/p1") and not can_be_listed("O'Brien/$(touch stolen)")
    assert not can_be_listed("'; touch stolen; '")


@given(st.one_of(NAMES, st.sampled_from(HOSTILE)))
@settings(max_examples=40, deadline=None)
def test_a_job_on_a_cluster_gets_its_subject(name: str) -> None:
    spec = TargetSpec("preprocess_subject", {"subject": subject_id("clinic", name)})
    words = as_a_shell_reads(format_cli_arg("--target-jobs", encode_target_jobs_cli_args([spec])))
    assert [tuple(one) for one in parse_target_jobs_cli_args(words[1:])] == [tuple(spec)]
