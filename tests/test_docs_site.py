"""The documentation site: built without a warning, no network, searchable when opened from a disk."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.browser import browser
from tests.support.project import ROOT

LOADED = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=[\"']?(?:https?:)?//", re.IGNORECASE)
BROKEN_LINKS = "The page [missing](no-such-page.md), its [part](index.md#no-such-part)."


def build(config: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", config, "--site-dir", site]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "site"
    process = build(ROOT / "mkdocs.yml", folder)
    assert process.returncode == 0, process.stdout + process.stderr
    return folder


def test_every_page_of_the_project_is_in_the_site(site):
    pages = [p.relative_to(ROOT / "docs").with_suffix(".html") for p in (ROOT / "docs").rglob("*.md")]
    pages += [Path("project") / name for name in ("CHANGELOG.html", "CONTRIBUTING.html", "benchmarks/RESULTS.html")]
    assert [str(page) for page in pages if not (site / page).is_file()] == []


def test_nothing_is_loaded_from_a_network(site):
    texts = {page: page.read_text("utf-8") for page in site.rglob("*.html")}
    assert texts
    assert [str(page) for page, text in texts.items() if LOADED.search(text)] == []


def test_a_block_of_commands_is_shown_whole_without_the_note_behind_its_fence(site):
    page = (site / "guides" / "one-to-cluster.html").read_text("utf-8")
    assert "not-run" not in page
    assert re.search(r"<code>.*ray start.*</code>", re.sub(r"<(?!/?code)[^>]+>|\n", "", page))


@pytest.mark.slow
def test_a_link_that_leads_nowhere_ends_the_build(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# A page\n\n{BROKEN_LINKS}\n")
    config = (ROOT / "mkdocs.yml").read_text().partition("\nnav:")[0].replace("scripts/", f"{ROOT}/scripts/")
    (tmp_path / "mkdocs.yml").write_text(config)
    process = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert process.returncode == 1
    assert "no-such-page.md" in process.stderr
    assert "no-such-part" in process.stderr


@pytest.mark.browser
def test_search_answers_from_a_disk_and_a_phone_needs_no_sideways_scrolling(site, tmp_path):
    with browser() as page:
        page.show(site / "index.html")
        page.run("document.querySelector('label[for=__search]').click()")
        page.run("document.querySelector('.md-search__input').focus()")
        page.call("Input.insertText", text="walk-forward")
        page.call("Input.dispatchKeyEvent", type="keyUp", key="d")
        page.wait("document.querySelectorAll('.md-search-result__link').length > 3")
        links = page.run("[...document.querySelectorAll('.md-search-result__link')].map(a => a.href).join(' ')")
        assert "validation.html" in links
        for name in ("index.html", "data.html", "spec.html", "ARCHITECTURE.html", "project/CHANGELOG.html"):
            page.show(site / name, width=390, height=844)
            assert page.run("document.documentElement.scrollWidth") <= 390, name
        assert page.errors == []
        assert {request.partition(":")[0] for request in page.requests} <= {"file", "data", "blob", "about"}
