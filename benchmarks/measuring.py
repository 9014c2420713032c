"""Timing in turn: each side once in each round, so that a busy machine is busy for all of them."""

from __future__ import annotations

import gc
import os
import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median, quantiles

import attrs

WARM_UP = 1
"""Rounds that are thrown away: they fill caches and write bytecode."""


@attrs.frozen
class Row:
    """What one side took in each round, in seconds."""

    name: str
    seconds: tuple[float, ...]
    note: str = ""

    @property
    def middle(self) -> float:
        return median(self.seconds)

    @property
    def spread(self) -> tuple[float, float]:
        """The quarters: half of all rounds lie between."""
        low, _, high = quantiles(self.seconds, n=4) if self.seconds[1:] else self.seconds * 3
        return low, high

    def times(self, other: Row) -> float:
        """How many times the other: the median over the rounds of both, each with its own round."""
        return median(
            mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=False)
        )


@attrs.frozen
class Group:
    """Rows of one kind; the first is what the others are compared with."""

    name: str
    title: str
    unit: str
    rows: tuple[Row, ...]
    note: str = ""


def in_turn(sides: Mapping[str, Callable[[], float]], rounds: int) -> tuple[Row, ...]:
    """Measures every side once a round; a side returns the seconds that it took."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + WARM_UP):
        for name, side in sides.items():
            seconds = side()
            if number >= WARM_UP:
                taken[name].append(seconds)
    return tuple(Row(name, tuple(seconds)) for name, seconds in taken.items())


def process(
    command: Sequence[str],
    environ: Mapping[str, str],
    cwd: str | None = None,
    codes: Sequence[int] = (0,),
) -> Callable[[], float]:
    """A process from start to end, in seconds of the processors: its own, and its children's."""

    def run() -> float:
        before = _used()
        done = subprocess.run(
            command, env=dict(environ), cwd=cwd, capture_output=True, text=True, check=False
        )
        if done.returncode not in codes:
            raise SystemExit(f"{' '.join(command)} failed: {done.stderr[-400:]}")
        return _used() - before

    return run


def calls(call: Callable[[], object], count: int) -> Callable[[], float]:
    """One call among many, in seconds of this process."""

    def run() -> float:
        gc.collect()
        gc.disable()
        started = time.process_time()
        for _ in range(count):
            call()
        took = (time.process_time() - started) / count
        gc.enable()
        return took

    return run


def environment(home: str, **more: str) -> dict[str, str]:
    """The variables of a process that sees no other home, and may keep its bytecode."""
    return {"HOME": home, "PATH": os.environ["PATH"], **more}


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
