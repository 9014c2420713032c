"""The hooks in `reference/hooks.md`: what each gives, and its example."""

from __future__ import annotations

import inspect
import re

from keyhole import hookspecs
from keyhole_docs.markdown import first_sentence

__all__ = ["hooks", "section"]

_EXAMPLE = re.compile(r"^Example:\n(.*)", re.MULTILINE | re.DOTALL)


def hooks() -> list[str]:
    """The names of all hooks, in the order of `hookspecs.py`."""
    names = [name for name in hookspecs.__all__ if name.startswith("keyhole_")]
    return sorted(names, key=lambda name: _line(getattr(hookspecs, name)))


def section() -> str:
    """A section for each hook.

    Raises:
        ValueError: A hook has no example.
    """
    return "\n\n".join(_hook(name) for name in hooks())


def _hook(name: str) -> str:
    function = getattr(hookspecs, name)
    returns = inspect.signature(function).return_annotation
    return "\n\n".join(
        [
            f"### `{name}`",
            f"`{name}() -> {returns}`",
            first_sentence(function),
            f"```python\n{_example(name, inspect.getdoc(function) or '')}\n```",
        ]
    )


def _example(name: str, doc: str) -> str:
    found = _EXAMPLE.search(doc)
    if not found:
        raise ValueError(f"the hook {name} has no example in its docstring")
    lines = [line.strip() for line in found[1].rstrip().splitlines()]
    # Two empty lines stand between what is imported and what is defined.
    code = "\n".join(re.sub(r"^(>>>|\.\.\.) ?", "", line) for line in lines)
    return code.replace("\n@hookimpl", "\n\n\n@hookimpl", 1)


def _line(function: object) -> int:
    return inspect.getsourcelines(inspect.unwrap(function))[1]  # type: ignore[arg-type]
