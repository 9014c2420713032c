"""Where the boxes of a flow chart go: in layers, with as few crossings as a few sweeps find.

The method is Sugiyama's: layers by the longest path, an order in each layer by the mean place of
the neighbours, then coordinates. Long arrows pass through a point of their own in each layer.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import attrs

__all__ = ["Layout", "laid_out"]

Edge = tuple[str, str]
Size = tuple[float, float]

_ACROSS, _DOWN = 22.0, 56.0
_THIN = 10.0
_SWEEPS = 24


@attrs.frozen
class Layout:
    """Where everything is.

    Attributes:
        centres: The centre of each box and of each point that an arrow passes through.
        routes: The names that each arrow leads through, its two ends included.
        size: Of the whole.
    """

    centres: Mapping[str, tuple[float, float]]
    routes: Mapping[Edge, tuple[str, ...]]
    size: Size


def laid_out(sizes: Mapping[str, Size], labels: Mapping[Edge, float]) -> Layout:
    """The layout of a chart.

    Args:
        sizes: The boxes, in the order that they are to keep, with their sizes.
        labels: The arrows, with the width of what is said at each.
    """
    forwards = _without_cycles(list(sizes), list(labels))
    ranks = _ranks(list(sizes), [edge for edge, _ in forwards])
    room = dict(sizes)
    routes: dict[Edge, tuple[str, ...]] = {}
    for (start, end), turned in forwards:
        label = labels[(end, start) if turned else (start, end)]
        route = _through(start, end, ranks, room, max(label, _THIN))
        routes[(end, start) if turned else (start, end)] = route[::-1] if turned else route
    layers = _layers(ranks)
    pairs = [pair for route in routes.values() for pair in itertools.pairwise(route)]
    near = _neighbours(pairs)
    _sort(layers, near)
    across = _across(layers, room, near)
    down = _down(layers, room)
    centres = {name: (across[name], down[ranks[name]]) for name in room}
    width = max(across[name] + room[name][0] / 2 for name in room)
    return Layout(centres, routes, (width, down[-1] + max(room[it][1] for it in layers[-1]) / 2))


def _without_cycles(names: Sequence[str], edges: Sequence[Edge]) -> list[tuple[Edge, bool]]:
    """Each edge, turned round where it leads back to a box that comes earlier."""
    place = {name: number for number, name in enumerate(names)}
    return [
        ((end, start), True) if place[end] < place[start] else ((start, end), False)
        for start, end in edges
    ]


def _ranks(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The layer of each box: below everything that leads to it."""
    ranks = dict.fromkeys(names, 0)
    for name in names:  # a box comes after all that lead to it
        above = [ranks[start] + 1 for start, end in edges if end == name]
        ranks[name] = max(above, default=0)
    return ranks


def _through(
    start: str, end: str, ranks: dict[str, int], room: dict[str, Size], width: float
) -> tuple[str, ...]:
    """The points of a long arrow; the first has room for what is said at it."""
    points: list[str] = []
    for rank in range(ranks[start] + 1, ranks[end]):
        point = f"{start}>{end}@{rank}"
        ranks[point], room[point] = rank, (width if not points else _THIN, 0.0)
        points.append(point)
    return (start, *points, end)


def _layers(ranks: Mapping[str, int]) -> list[list[str]]:
    layers: list[list[str]] = [[] for _ in range(max(ranks.values()) + 1)]
    for name, rank in ranks.items():
        layers[rank].append(name)
    return layers


def _neighbours(pairs: Iterable[Edge]) -> dict[str, list[str]]:
    near: dict[str, list[str]] = {}
    for one, other in pairs:
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    return near


def _sort(layers: list[list[str]], near: Mapping[str, Sequence[str]]) -> None:
    """Puts each layer in the order of its neighbours' mean place, downwards and upwards again."""
    for sweep in range(_SWEEPS):
        for number in range(1, len(layers)) if sweep % 2 == 0 else range(len(layers) - 2, -1, -1):
            fixed = layers[number - 1] if sweep % 2 == 0 else layers[number + 1]
            place = {name: index / max(1, len(fixed) - 1) for index, name in enumerate(fixed)}
            layer = layers[number]
            own = {name: index / max(1, len(layer) - 1) for index, name in enumerate(layer)}
            layer.sort(
                key=lambda it: _mean([place[n] for n in near.get(it, ()) if n in place], own[it])
            )


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _across(
    layers: Sequence[Sequence[str]], room: Mapping[str, Size], near: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """The x of each centre: near its neighbours, with no two boxes of a layer on each other."""
    x: dict[str, float] = {}
    for layer in layers:
        x |= _spread(layer, dict.fromkeys(layer, 0.0), room)
    for _ in range(_SWEEPS):
        for layer in (*layers, *reversed(layers)):
            wanted = {name: _mean([x[it] for it in near.get(name, ())], x[name]) for name in layer}
            x |= _spread(layer, wanted, room)
    left = min(x[name] - room[name][0] / 2 for name in x)
    return {name: value - left for name, value in x.items()}


def _spread(
    layer: Sequence[str], wanted: Mapping[str, float], room: Mapping[str, Size]
) -> dict[str, float]:
    """The places that are nearest to the wanted ones, from both sides, without an overlap."""
    gaps = [(room[a][0] + room[b][0]) / 2 + _ACROSS for a, b in itertools.pairwise(layer)]
    pushed = [wanted[name] for name in layer]
    pulled = list(pushed)
    for number, gap in enumerate(gaps, start=1):
        pushed[number] = max(pushed[number], pushed[number - 1] + gap)
    for number in range(len(gaps) - 1, -1, -1):
        pulled[number] = min(pulled[number], pulled[number + 1] - gaps[number])
    return {name: (a + b) / 2 for name, a, b in zip(layer, pushed, pulled, strict=True)}


def _down(layers: Sequence[Sequence[str]], room: Mapping[str, Size]) -> list[float]:
    """The y of each layer's centre."""
    places, top = [], 0.0
    for layer in layers:
        height = max(room[name][1] for name in layer)
        places.append(top + height / 2)
        top += height + _DOWN
    return places
