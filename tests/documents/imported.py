"""What a process has imported before it forks: keyhole, its command line and its plugins."""

from keyhole import cli
from keyhole.cli import give, group, plugins, run, screen, status, stores, trust, world

__all__ = ["cli", "give", "group", "plugins", "run", "screen", "status", "stores", "trust", "world"]
