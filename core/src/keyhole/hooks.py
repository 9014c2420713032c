"""Which hooks there are, the mark of an implementation, and the implementations of a plugin.

What pluggy says of a plugin counts. For a plugin as nearly all are, a module with plain functions,
it says nothing that can't be seen at a glance, and is not imported.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pluggy

__all__ = ["HOOKS", "PROJECT", "hookimpl", "implementations"]

PROJECT = "keyhole"
"""The name of the pluggy project and of the entry-point group."""

HOOKS = (
    "keyhole_audit_checks",
    "keyhole_commands",
    "keyhole_credential_sources",
    "keyhole_options",
    "keyhole_token_stores",
)
"""The hooks that `keyhole.hookspecs` describes."""

_MARK = f"{PROJECT}_impl"
_TAKES = 0x04 | 0x08  # inspect.CO_VARARGS and CO_VARKEYWORDS

if TYPE_CHECKING:
    hookimpl = pluggy.HookimplMarker(PROJECT)
else:

    def hookimpl(function: Any = None, **options: Any) -> Any:
        """Marks an implementation of a hook, as `pluggy.HookimplMarker("keyhole")` does."""
        if function is None or options:
            import pluggy

            return pluggy.HookimplMarker(PROJECT)(function, **options)
        setattr(function, _MARK, {})
        return function


def implementations(plugin: object) -> dict[str, Callable[[], Any]]:
    """The marked functions of a plugin, by the hooks that they claim to implement.

    Raises:
        PluginValidationError: pluggy refuses one of them.
    """
    found = _marked(plugin) if isinstance(plugin, ModuleType) else None
    return _by_pluggy(plugin) if found is None else found


def _marked(module: ModuleType) -> dict[str, Callable[[], Any]] | None:
    """What stands in a module; None where that is for pluggy to judge."""
    found: dict[str, Callable[[], Any]] = {}
    for name, value in sorted(vars(module).items()):
        options = getattr(value, _MARK, None) if isinstance(value, FunctionType) else None
        if options is None:
            continue
        if not isinstance(options, dict) or any(options.values()) or _takes_anything(value):
            return None
        found[name] = value
    return found


def _takes_anything(function: FunctionType) -> bool:
    code = function.__code__
    return bool(code.co_argcount or code.co_kwonlyargcount or code.co_flags & _TAKES)


def _by_pluggy(plugin: object) -> dict[str, Callable[[], Any]]:
    import pluggy

    from keyhole import hookspecs

    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)
    return {
        caller.name: implementation.function
        for caller in manager.get_hookcallers(plugin) or ()
        for implementation in caller.get_hookimpls()
    }
