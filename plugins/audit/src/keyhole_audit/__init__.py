"""`keyhole audit`: secrets where they should not be, and settings that are dangerous."""

from __future__ import annotations

from keyhole import Check, Command, Option, hookimpl

__all__ = ["keyhole_audit_checks", "keyhole_commands", "keyhole_options"]


@hookimpl
def keyhole_audit_checks() -> list[Check]:
    """KH1xx to KH5xx."""
    from keyhole_audit.checks import checks

    return checks()


@hookimpl
def keyhole_commands() -> list[Command]:
    """`keyhole audit` and `keyhole secret`."""
    return [
        Command(
            "audit",
            "Look for misplaced secrets and dangerous settings.",
            "keyhole_audit.cli:audit",
        ),
        Command(
            "secret",
            "Keep secrets in the token store, and refer to them.",
            "keyhole_audit.secret_cli:secret",
        ),
    ]


@hookimpl
def keyhole_options() -> list[Option]:
    """`[audit] exceptions` and `[audit] ignore`."""
    from keyhole_audit.options import EXCEPTIONS, IGNORE

    return [EXCEPTIONS, IGNORE]
