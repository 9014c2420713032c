"""Tells which of the process's own variables some code reads, whatever it does with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any
from unittest import mock

__all__ = ["variables_read"]


@contextmanager
def variables_read() -> Iterator[list[str]]:
    """Gives the names that the code inside, in this thread, looks up in `os.environ`.

    It listens where all ways of asking end, so that `os.getenv`, and `environ` under another name,
    are heard as well.
    """
    read: list[str] = []
    reader = get_ident()
    kind = type(os.environ)
    look_up = kind.__getitem__

    def noted(environ: Any, name: Any) -> Any:
        if get_ident() == reader:
            read.append(os.fsdecode(name))
        return look_up(environ, name)

    with mock.patch.object(kind, "__getitem__", noted):
        yield read
