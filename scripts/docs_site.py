"""MkDocs hook: files of the project outside docs/ that a page links to become part of the site, below project/.

Links in the pages are written for a reader of the repository (`../benchmarks/RESULTS.md`); here they are changed to the
place of the same file in the site.
"""

import os
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PROJECT = "project"
START = ("CHANGELOG.md", "CONTRIBUTING.md", "benchmarks/README.md", "benchmarks/RESULTS.md")  # pages of the navigation
FENCE = re.compile(r"^(```sh) [^\n]*$", re.MULTILINE)  # behind `sh`: notes for tests/test_docs.py
LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#)([^)#\s]+)")


def source(uri: str) -> Path:
    """The file in the repository behind a file of the site."""
    inside = uri.removeprefix(f"{PROJECT}/")
    return DOCS / uri if inside == uri else ROOT / inside


def site_uri(path: Path) -> str:
    """The place in the site of a file in the repository."""
    if path.is_relative_to(DOCS):
        return path.relative_to(DOCS).as_posix()
    return f"{PROJECT}/{path.relative_to(ROOT).as_posix()}"


def linked_files(path: Path) -> list[Path]:
    """The existing files that a Markdown file links to."""
    targets = [(path.parent / link).resolve() for link in LINK.findall(path.read_text("utf-8"))]
    return [target for target in targets if target.is_file() and target.is_relative_to(ROOT)]


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the files outside docs/ that are linked, directly or through other pages."""
    pages = [source(file.src_uri) for file in files.documentation_pages()]
    waiting = [ROOT / name for name in START] + [target for page in pages for target in linked_files(page)]
    while waiting:
        path = waiting.pop()
        if files.get_file_from_path(site_uri(path)) is None:
            files.append(File.generated(config, site_uri(path), abs_src_path=str(path)))
            waiting += linked_files(path) if path.suffix == ".md" else []
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Rewrite links between repository files as links between site files; drop the notes behind a fence."""
    here = source(page.file.src_uri).parent
    folder = Path(page.file.src_uri).parent

    def moved(link: re.Match[str]) -> str:
        target = (here / link[1]).resolve()
        return os.path.relpath(site_uri(target), folder) if target.is_relative_to(ROOT) else link[1]

    return LINK.sub(moved, FENCE.sub(r"\1", markdown))
