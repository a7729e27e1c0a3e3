"""The help of `sweep`: its commands in groups, each group with an example; `sweep help COMMAND`."""

from typing import Any

import typer
from typer.core import TyperGroup

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {  # title → an example, and its commands
    "Start a project": (
        "sweep init --csv AAPL.csv --instrument AAPL.XNAS",
        ("init", "port", "catalog", "spec", "venues", "components", "doctor"),
    ),
    "Run": (
        "sweep run sweep.yaml --workers 4",
        ("check", "run", "stop", "pause", "resume", "backtest", "replay", "verify", "validate", "stress"),
    ),
    "Look at results": (
        "sweep show my-sweep --sort sharpe_ratio",
        (
            "show",
            "report",
            "status",
            "watch",
            "best",
            "find",
            "compare",
            "diff",
            "upgrade",
            "sql",
            "export",
            "ui",
            "sync",
        ),
    ),
    "Keep sweeps in order": (
        "sweep tag my-sweep market=us",
        ("list", "tag", "note", "rename", "rm", "gc", "archive", "restore"),
    ),
    "Run on a cluster": (
        "sweep submit sweep.yaml --address http://HEAD:8265",
        ("submit", "jobs", "logs", "fetch"),
    ),
}
OTHER = "Other"


class Groups(TyperGroup):
    """Commands listed by what they are for."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands below the title of their group and its example."""
        commands = {name: command for name in self.list_commands(ctx) if (command := self.get_command(ctx, name))}
        visible = {name: command for name, command in commands.items() if not command.hidden}
        grouped = {title: [n for n in names if n in visible] for title, (_, names) in GROUPS.items()}
        listed = {name for names in grouped.values() for name in names}
        grouped[OTHER] = [name for name in visible if name not in listed]
        width = max(map(len, visible), default=0)
        for title, names in grouped.items():
            if not names:
                continue
            example = f"  (such as: {GROUPS[title][0]})" if title in GROUPS else ""
            with formatter.section(f"{title}{example}"):
                formatter.write_dl([(name.ljust(width), _sentence(visible[name])) for name in names])

    def make_context(self, *arguments: Any, **more: Any) -> Any:
        """Parse the options before the command."""
        try:
            return super().make_context(*arguments, **more)
        except Exception as error:
            _without_secrets(error)
            raise

    def invoke(self, ctx: Any) -> Any:
        """Parse the rest, and run the command."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            _without_secrets(error)
            raise

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Take `help COMMAND …` for `COMMAND … --help`, and `help` alone for `--help`."""
        if args[:1] == ["help"]:
            if not args[1:]:
                typer.echo(ctx.get_help())
                ctx.exit()
            args = [*args[1:], "--help"]
        return super().resolve_command(ctx, args)


def _without_secrets(error: Exception) -> None:
    """Take secrets out of the addresses in a parser's message about a command line, which repeats what was typed."""
    message = getattr(error, "message", None)
    if isinstance(message, str) and hasattr(error, "format_message"):  # Typer does not export the class
        from sweep.common.addresses import hide
        from sweep.common.escaping import for_terminal

        error.message = for_terminal(hide(message))  # type: ignore[attr-defined]


def _sentence(command: Any) -> str:
    """The first sentence of a command's help, whole."""
    return " ".join((command.help or "").split()).partition(". ")[0].removesuffix(".")
