"""Variables that no untrusted folder has a say in."""

from __future__ import annotations

from keyhole.errors import ConfigError
from keyhole.variable import Variable

__all__ = ["trusted"]


def trusted(variable: Variable) -> Variable:
    """The variable, where it is nobody's but the user's.

    Claude Code hands the `env` block of a project's settings to the helper that it starts, trusted
    or not. What came with a clone must not decide which server gets to see a login, nor whose key
    is used; and a helper can't tell such a value from the user's own.

    Raises:
        ConfigError: An untrusted place names it, too.
    """
    if variable.value and variable.passed_over:
        over = variable.passed_over[0]
        raise ConfigError(
            f"{variable.name} is also set by {over.where}, which is not trusted: {over.why.reason}",
            where=str(variable.where),
            remedy="say it in [vault] of keyhole's configuration, which counts more; or "
            f"{over.why.remedy}",
        )
    return variable
