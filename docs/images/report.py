# ruff: noqa: INP001, T201 (a program of its own that tells what it does)
"""Takes the screenshots of the report in this folder: of the built-in sweep, in headless Chromium.

    make demo && PYTHONPATH=. .venv/bin/python docs/images/report.py runs/spy-score-grid-*/report.html

Debian: apt-get install chromium
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.browser import browser

HERE = Path(__file__).parent
PICTURES = {  # width, height, whether dark, the section at the top
    "report": (1280, 1500, False, "verdict"),
    "report-dark": (1280, 900, True, "heat"),
    "report-phone": (390, 1500, False, "verdict"),
}
SETTLE = 1.5  # seconds for the charts to come to rest


def main() -> None:
    """Take them."""
    for name, (width, height, dark, section) in PICTURES.items():
        with TemporaryDirectory() as profile, browser(Path(profile)) as b:
            b.show(Path(sys.argv[1]), width, height, dark=dark)
            b.wait("'Plotly' in window")
            b.run(
                f"document.getElementById('{section}').scrollIntoView()" if section != "verdict" else "scrollTo(0, 0)"
            )
            time.sleep(SETTLE)
            b.picture(HERE / f"{name}.png")
            print(f"{name}.png: {(HERE / f'{name}.png').stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
