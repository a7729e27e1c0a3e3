"""The command `sweep`: `python -m sweep` does the same."""

import sys


def main() -> None:
    """Run the command line."""
    from sweep.cli import app

    app(prog_name="sweep")


if __name__ == "__main__":
    sys.exit(main())
