# ruff: noqa: INP001, T201 (a program of its own that tells what it does)
"""Takes the screenshots of the report and of a tearsheet in this folder, and says how soon something is seen.

    make demo && .venv/bin/sweep report spy-score-grid
    PYTHONPATH=. .venv/bin/python docs/images/report.py runs/spy-score-grid-*/report.html
    PYTHONPATH=. .venv/bin/python docs/images/many.py make runs-many       # prints where the report of 10,000 trials is
    PYTHONPATH=. .venv/bin/python docs/images/report.py --many runs-many/many-00000000/report.html

Debian: apt-get install chromium
"""

import sys
import time
from pathlib import Path

from sweep.results.report import Report
from tests.support.browser import browser

HERE = Path(__file__).parent
PICTURES = {  # width, height, whether dark, the section at the top
    "report": (1280, 1500, False, "verdict"),
    "report-dark": (1280, 1100, True, "heat"),
    "report-phone": (390, 1500, False, "equity"),
    "report-price": (1280, 720, False, "price"),
    "tearsheet": (1280, 1500, False, ""),
    "tearsheet-phone": (390, 1500, True, ""),
}
MANY = {
    "report-many": (1280, 1500, False, "verdict"),
    "report-many-dark": (1280, 900, True, "heat"),
    "report-many-phone": (390, 1500, False, "leaderboard"),
}
SETTLE = 1.5  # seconds for the charts to come to rest
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"  # ms


def best_tearsheet(page: Path) -> Path:
    """The tearsheet of the best trial beside a report."""
    return page.parent / "tearsheets" / f"{Report(page.parent).best().number}.html"


def main() -> None:
    """Take them."""
    page, pictures = Path(sys.argv[-1]), MANY if "--many" in sys.argv else PICTURES
    print(f"{page.name}: {page.stat().st_size / 2**20:.1f} MiB")
    for name, (width, height, dark, section) in pictures.items():
        with browser() as b:
            b.show(page if section else best_tearsheet(page), width, height, dark=dark)
            b.wait(f"({PAINT}) > 0")
            paint, loaded = b.run(PAINT), b.run("performance.timing.loadEventEnd - performance.timing.navigationStart")
            if section:
                b.wait("'Plotly' in window")
            top = (
                "scrollTo(0, 0)"
                if section in {"verdict", ""}
                else f"document.getElementById('{section}').scrollIntoView()"
            )
            b.run(top)
            time.sleep(SETTLE)
            b.picture(HERE / f"{name}.png")
            print(f"{name}.png: first paint after {paint:.0f} ms, loaded after {loaded} ms, errors: {b.errors}")


if __name__ == "__main__":
    main()
