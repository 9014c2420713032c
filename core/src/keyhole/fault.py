"""Saying where an unexpected error came from without repeating its words."""

from __future__ import annotations

__all__ = ["place_of"]


def place_of(error: BaseException) -> str:
    """An error's type and place; its text is left out, because it may repeat a secret."""
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    if frame is None:
        return type(error).__name__
    return f"{type(error).__name__} at {frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}"
