"""The world as click commands take it; `keyhole.cli.scene` has it for those without click."""

from __future__ import annotations

import click

from keyhole.cli.action import MACHINE
from keyhole.cli.clicked import taking
from keyhole.cli.scene import Look, World

__all__ = ["Look", "World", "machine_options", "pass_world"]

pass_world = click.make_pass_decorator(World)

machine_options = taking(MACHINE)
"""The options that say how Claude Code would be started."""
