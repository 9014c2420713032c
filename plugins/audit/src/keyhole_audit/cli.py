"""`keyhole audit`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from keyhole import Check, Machine
from keyhole.cli.quiet import plugins_on_stderr
from keyhole.cli.screen import width
from keyhole.cli.world import World, pass_world
from keyhole.errors import UsageError
from keyhole.plugins import Plugins
from keyhole_audit.exceptions import Exceptions, unreasoned
from keyhole_audit.flagged import Report
from keyhole_audit.look import look
from keyhole_audit.options import IGNORE, is_code
from keyhole_audit.run import chosen, run
from keyhole_audit.screen import as_json, render

__all__ = ["audit"]


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--select", metavar="CODES", help="Only these: KH101,KH5 (a family).")
@click.option("--ignore", metavar="CODES", help="All but these.")
@click.option("--settings", metavar="FILE-OR-JSON", help="As for `claude --settings`.")
@click.option("--bare", is_flag=True, help="Look as `claude --bare` would.")
@click.option("--online", is_flag=True, help="Ask remote MCP servers whether they announce OAuth.")
@click.option(
    "--exceptions/--no-exceptions", default=True, help="Whether exceptions count.  [default: yes]"
)
@click.option("--json", "as_document", is_flag=True, help="Print JSON.")
@pass_world
@click.pass_context
def audit(
    ctx: click.Context,
    world: World,
    *,
    paths: tuple[Path, ...],
    select: str | None,
    ignore: str | None,
    settings: str | None,
    bare: bool,
    online: bool,
    exceptions: bool,
    as_document: bool,
) -> None:
    """Look for secrets where they should not be, and for settings that are dangerous.

    Without PATHS it looks at the folder you are in, at your own settings, and at which credential
    wins; with PATHS (folders or files) at these alone. It never prints a secret. Exit code 0 if
    there is nothing to do, else 1.
    """

    def machine() -> Machine:
        return world.machine(settings=settings, bare=bare)

    def report() -> Report:
        now = machine()
        with plugins_on_stderr():
            plugins = world.plugins()
            seen = look(now, world.host, plugins, paths, online=online)
            checks, problems = _checks(plugins, now, select, ignore)
            excused = Exceptions.of(now, now.cwd) if exceptions else Exceptions(now, ())
            found = run(seen, checks, excused)
        return _with(found, problems)

    _check_paths(machine(), paths)
    found = report()
    click.echo(as_json(found) if as_document else render(found, machine(), width()))
    ctx.exit(0 if found.is_clean else 1)


def _checks(
    plugins: Plugins, machine: Machine, select: str | None, ignore: str | None
) -> tuple[list[Check], list[str]]:
    registered, failed = plugins.checks()
    checks = [unreasoned(), *(one.item for one in registered)]
    ignored = (*_codes(ignore, "--ignore", checks), *machine.config.get(IGNORE))
    problems = [f"{one.distribution}: {one.problem}" for one in failed]
    return chosen(checks, select=_codes(select, "--select", checks), ignore=ignored), problems


def _codes(listed: str | None, option: str, checks: Iterable[Check]) -> list[str]:
    codes = [code.strip() for code in (listed or "").split(",") if code.strip()]
    for code in codes:
        if not is_code(code) or not any(check.code.startswith(code) for check in checks):
            raise UsageError(
                "no check has such a code",
                where=f"{option} {code}",
                remedy="docs/reference/audit.md lists the codes",
            )
    return codes


def _check_paths(machine: Machine, paths: tuple[Path, ...]) -> None:
    for path in paths:
        if not (machine.cwd / path).exists():
            raise UsageError("there is no such file or folder", where=str(path))


def _with(report: Report, problems: list[str]) -> Report:
    import attrs

    return attrs.evolve(report, problems=(*report.problems, *problems))
