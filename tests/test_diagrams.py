"""Diagrams are laid out so that they can be read, and what can't be drawn is named."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole_docs.contents import with_contents
from keyhole_docs.diagrams import drawn
from keyhole_docs.diagrams.layers import laid_out

SIZES = st.tuples(st.floats(10, 300), st.floats(10, 90))


@st.composite
def charts(draw: st.DrawFn) -> tuple[dict[str, tuple[float, float]], dict[tuple[str, str], float]]:
    """Boxes with their sizes, and labelled arrows between them; cycles too."""
    sizes = {f"n{number}": draw(SIZES) for number in range(draw(st.integers(2, 9)))}
    ends = st.sampled_from(sorted(sizes))
    pairs = draw(st.lists(st.tuples(ends, ends).filter(lambda it: it[0] != it[1]), max_size=16))
    return sizes, {pair: draw(st.floats(0, 120)) for pair in pairs if pair[::-1] not in pairs}


@given(charts())
def test_no_box_covers_another(
    chart: tuple[dict[str, tuple[float, float]], dict[tuple[str, str], float]],
) -> None:
    """Whatever leads where, no two boxes overlap, and all are inside the picture."""
    sizes, arrows = chart
    layout = laid_out(sizes, arrows)
    for one, other in combinations(sizes, 2):
        apart = [
            abs(a - b) for a, b in zip(layout.centres[one], layout.centres[other], strict=True)
        ]
        room = [(a + b) / 2 for a, b in zip(sizes[one], sizes[other], strict=True)]
        assert apart[0] >= room[0] or apart[1] >= room[1], (one, other)
    for name, (width, height) in sizes.items():
        x, y = layout.centres[name]
        assert width / 2 <= x + 0.01
        assert x + width / 2 <= layout.size[0] + 0.01
        assert y + height / 2 <= layout.size[1] + 0.01


@given(charts())
def test_every_arrow_leads_from_one_end_to_the_other(
    chart: tuple[dict[str, tuple[float, float]], dict[tuple[str, str], float]],
) -> None:
    """The route of an arrow begins at its start, ends at its end, and turns back nowhere."""
    sizes, arrows = chart
    layout = laid_out(sizes, arrows)
    assert set(layout.routes) == set(arrows)
    for (start, end), route in layout.routes.items():
        assert (route[0], route[-1]) == (start, end)
        down = [layout.centres[name][1] for name in route]
        assert down in (sorted(down), sorted(down, reverse=True))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "no kind of diagram"),
        ("pie", "no kind of diagram"),
        ('flowchart TD\na["x"] ==> b["y"]', 'a["x"] ==> b'),
        ("flowchart TD\na --> b", "nothing says what is in the box a"),
        ("sequenceDiagram\nloop", "can't be drawn: loop"),
    ],
)
def test_what_cannot_be_drawn_is_named(text: str, named: str) -> None:
    """A kind, a line or a box that is not known is an error that repeats it."""
    with pytest.raises(ValueError, match=re.escape(named)):
        drawn(text)


def test_a_picture_says_what_it_shows() -> None:
    """What a diagram says stands in it for those who can't see it, and is escaped."""
    svg = drawn('flowchart TD\na["a < b"] -->|"yes"| b(["done"])')
    assert 'role="img" aria-label="a &lt; b, yes: done"' in svg
    assert "<tspan" in svg
    assert "a < b" not in svg


def test_the_contents_are_the_lists_of_the_front_page() -> None:
    """Each heading with links becomes a table of contents, in the order of the page."""
    page = "# Front\n\n[x](x.md)\n\n## One\n\n- [A](a/b.md)\n- [C](../c.md)\n\n## Two\n\nText.\n"
    added = with_contents(page).removeprefix(page)
    assert " ".join(added.split()) == "```{toctree} :hidden: :caption: One A <a/b> C <../c> ```"
