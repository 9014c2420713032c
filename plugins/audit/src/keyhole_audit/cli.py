"""`keyhole audit`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import attrs
import click

from keyhole import Check, Machine
from keyhole.cli.quiet import plugins_on_stderr
from keyhole.cli.screen import width
from keyhole.cli.world import World, pass_world
from keyhole.errors import UsageError
from keyhole.plugins import Plugins
from keyhole_audit.exceptions import Exceptions, unreasoned
from keyhole_audit.flagged import Report
from keyhole_audit.look import Look, look
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
@click.option("--fix", "fixing", is_flag=True, help="Show what can be fixed, ask, and do it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
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
    fixing: bool,
    yes: bool,
    as_document: bool,
) -> None:
    """Look for secrets where they should not be, and for settings that are dangerous.

    Without PATHS it looks at the folder you are in, at your own settings, and at which credential
    wins; with PATHS (folders or files) at these alone. It never prints a secret. Exit code 0 if
    there is nothing to do (any more), else 1.
    """
    _check_paths(world.machine().cwd, paths)
    plugins = world.plugins()

    def seen() -> Look:
        machine = world.machine(settings=settings, bare=bare)
        with plugins_on_stderr():
            return look(machine, world.host, plugins, paths, online=online)

    def found(now: Look) -> Report:
        machine = now.view.machine
        with plugins_on_stderr():
            checks, problems = _checks(plugins, machine, select, ignore)
            excused = Exceptions.of(machine, machine.cwd) if exceptions else Exceptions(machine, ())
            said = run(now, checks, excused)
        return attrs.evolve(said, problems=(*said.problems, *problems))

    now = seen()
    report = found(now)
    if fixing and report.flagged:
        from keyhole_audit.fix.command import fix, stays

        fix(now, report, seen, world.host, yes=yes)
        with stays():
            now = seen()
            report = found(now)
    click.echo(as_json(report) if as_document else render(report, now.view.machine, width()))
    ctx.exit(0 if report.is_clean else 1)


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


def _check_paths(folder: Path, paths: tuple[Path, ...]) -> None:
    for path in paths:
        if not (folder / path).exists():
            raise UsageError("there is no such file or folder", where=str(path))
