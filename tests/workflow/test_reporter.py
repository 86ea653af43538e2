"""Snakemake's report runs nothing and has no element that a study's texts bring."""

import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from study import PROJECT

HOSTILE = "</script><img id='stolen' src=x onerror='document.title=1'><script>stolen()</script><!--"
RULES = f"""
HOSTILE = {HOSTILE!r}
LABELS = {{"item": "{{item}}", HOSTILE: HOSTILE}}
report: "said.rst"
rule make:
    output:
        report("{{item}}.txt", caption="said.rst", category=HOSTILE, labels=LABELS)
    params:
        domain=HOSTILE
    shell:
        "echo {{wildcards.item}} > {{output}}"
"""


def tags_of(page: str) -> list[str]:
    """The elements of a page as a browser finds them, before any script runs."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(tag)

    Reader().feed(page)
    return found


WALK = """
<script>
const views = Object.keys(categories).map((name) => () => app.showCategory(name));
views.push(...Object.keys(results).map((path) => () => app.showResultInfo(path)));
const seen = [];
function next() {
  if (document.querySelector("#stolen")) { seen.push("an element"); }
  const view = views.shift();
  if (view) { view(); setTimeout(next, 20); } else { document.body.dataset.seen = seen; }
}
setTimeout(next, 50);
</script>
"""


def seen_by_a_browser(path: Path) -> str:
    """A page's elements once its scripts have run, and each of its views was looked at.

    Without a browser the test is skipped, or fails where CIRL_REQUIRE_BROWSER is set, as in CI.
    """
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        missing = pytest.fail if os.environ.get("CIRL_REQUIRE_BROWSER") else pytest.skip
        missing("no chromium here to look at the page with")
    walked = path.with_name("walked.html")
    before, end, after = path.read_text().rpartition("</body>")
    walked.write_text(before + WALK + end + after)
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=4000"]
    profile = f"--user-data-dir={path.parent / 'browser'}"
    call = [browser, *flags, profile, "--dump-dom", walked.as_uri()]
    return subprocess.run(call, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reports of a workflow, by who wrote them."""
    folder = tmp_path_factory.mktemp("workflow")
    (folder / "Snakefile").write_text(RULES)
    (folder / "said.rst").write_text("{{ snakemake.config['study'] }}")
    words = [sys.executable, "-m", "snakemake", "--cores", "1", "--config", f"study={HOSTILE}"]

    def run(*arguments: str) -> None:
        environment = {"PYTHONPATH": f"{PROJECT}/workflow_scripts", "PATH": "/usr/bin:/bin"}
        call = [*words, *arguments, "--", "a.txt"]
        done = subprocess.run(
            call, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr

    run()
    style = str(PROJECT / "rules/report.css")
    run("--reporter", "cirl", "--report-cirl-path", "cirl.html")
    run("--report", "stock.html", "--report-stylesheet", style)
    return {name: folder / f"{name}.html" for name in ("cirl", "stock")}


@pytest.mark.workflow
def test_a_page_has_the_elements_of_its_template_only(reports: dict[str, Path]) -> None:
    stock, ours = (tags_of(reports[name].read_text()) for name in ("stock", "cirl"))
    assert "img" in stock and "img" not in ours
    assert set(ours) == {"html", "head", "meta", "title", "script", "style", "body", "div", "p"}


@pytest.mark.workflow
def test_a_browser_runs_nothing_and_shows_the_texts(reports: dict[str, Path]) -> None:
    page = seen_by_a_browser(reports["cirl"])
    assert "<title>Snakemake Report</title>" in page and 'data-seen=""' in page
    assert 'data-seen=""' not in seen_by_a_browser(reports["stock"])
    assert "&lt;img id='stolen'" in page  # the description, as text
