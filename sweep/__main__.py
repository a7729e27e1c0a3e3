"""The command `sweep`: `python -m sweep` does the same."""

import sys


def main() -> None:
    """Run the command line."""
    from sweep.cli import app
    from sweep.cli.verbosity import encodable

    encodable()
    app(prog_name="sweep")


if __name__ == "__main__":
    sys.exit(main())
