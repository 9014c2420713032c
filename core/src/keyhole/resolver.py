"""Asks the sources in order; the first that has something configured wins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import final, overload

from keyhole.errors import KeyholeError
from keyhole.fault import place_of
from keyhole.frozen import frozen
from keyhole.machine import Machine
from keyhole.ordering import effective, rank
from keyhole.plugins import Registered
from keyhole.source import Absent, Broken, CredentialSource, Finding, Found, Ignored
from keyhole.wire import predict

__all__ = ["Resolution", "Verdict", "Verdicts", "resolve"]


@frozen
class Verdict:
    """A source and what it said.

    Attributes:
        source: The source.
        distribution: Where it comes from.
        priority: Its priority in the order in force.
        finding: What it said about this machine.
    """

    source: CredentialSource
    distribution: str
    priority: int
    finding: Finding

    @property
    def configured(self) -> bool:
        """Whether it wins unless a stronger source does."""
        return isinstance(self.finding, Found | Broken)


@frozen
class Resolution:
    """The whole answer.

    Attributes:
        verdicts: Every source with what it said, in the order in which they were asked.
    """

    verdicts: Sequence[Verdict]

    @property
    def active(self) -> Verdict | None:
        """The winner. A winner that is broken still wins: the next one may be somebody else's."""
        return next((verdict for verdict in self.verdicts if verdict.configured), None)

    @property
    def shadowed(self) -> tuple[Verdict, ...]:
        """What would win if the winner were not there."""
        return tuple(v for v in self.verdicts if v.configured and v is not self.active)

    @property
    def claude_code(self) -> Mapping[str, str | None]:
        """Which source Claude Code itself would put in each header.

        Its own order counts for that, whatever the configuration says.
        """
        by_its_order = rank(_Wired(verdict) for verdict in self.verdicts)
        return predict(
            (wired.name, wired.verdict.finding.wire)
            for wired in by_its_order
            if wired.verdict.finding.wire is not None
        )


@frozen
class _Wired:
    verdict: Verdict

    @property
    def name(self) -> str:
        return self.verdict.source.name

    @property
    def priority(self) -> int:
        return self.verdict.source.priority


@final
class Verdicts(Sequence[Verdict]):
    """What the sources say, highest priority first; each is asked once, when that is looked at.

    Who only wants to know the winner asks nobody below it.

    Args:
        sources: Sources with unique names.
        machine: The machine to look at.
        overrides: Priorities that replace the declared ones, the strongest table first.
    """

    def __init__(
        self, sources: Sequence[Registered], machine: Machine, *overrides: Mapping[str, int]
    ) -> None:
        self._owners = {one.item.name: one.distribution for one in sources}
        self._ordered = rank((one.item for one in sources), *overrides)
        self._machine = machine
        self._overrides = overrides
        self._asked: dict[int, Verdict] = {}

    def __len__(self) -> int:
        return len(self._ordered)

    @overload
    def __getitem__(self, at: int) -> Verdict: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Verdict]: ...
    def __getitem__(self, at: int | slice) -> Verdict | Sequence[Verdict]:
        if isinstance(at, slice):
            return tuple(self)[at]
        return self._verdict(range(len(self))[at])

    def __iter__(self) -> Iterator[Verdict]:
        return map(self._verdict, range(len(self._ordered)))

    def _verdict(self, position: int) -> Verdict:
        known = self._asked.get(position)
        return known or self._asked.setdefault(position, self._ask(self._ordered[position]))

    def _ask(self, source: CredentialSource) -> Verdict:
        priority = effective(source, *self._overrides)
        finding = ask(source, self._machine)
        return Verdict(source, self._owners[source.name], priority, finding)


def resolve(
    sources: Sequence[Registered], machine: Machine, *overrides: Mapping[str, int]
) -> Resolution:
    """Asks every source, highest priority first.

    Args:
        sources: Sources with unique names.
        machine: The machine to look at.
        overrides: Priorities that replace the declared ones, the strongest table first.
    """
    return Resolution(tuple(Verdicts(sources, machine, *overrides)))


def ask(source: CredentialSource, machine: Machine) -> Finding:
    """What a source says; an exception or a wrong answer of its is `Broken`."""
    try:
        # What a plugin returns is not always what it promises.
        finding: object = source.find(machine)
    except KeyholeError as error:
        reason = f"{error.where}: {error.problem}" if error.where else error.problem
        return Broken(where=None, reason=reason, remedy=error.remedy)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a source raises is its own problem
        return _failed(source, place_of(error))
    if not isinstance(finding, Absent | Ignored | Broken | Found):
        return _failed(source, f"it returned a {type(finding).__name__}")
    return finding


def _failed(source: CredentialSource, how: str) -> Broken:
    return Broken(
        where=None,
        reason=f"the source failed while it looked: {how}",
        remedy=f"report it to whoever wrote the source {source.name}, or block its plugin",
    )
