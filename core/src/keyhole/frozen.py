"""How keyhole declares a record: `@frozen`, `field(...)` and `evolve(...)`, as attrs has them.

To a type checker they are attrs's own. When a program starts they are lighter: see
`keyhole.frozen_class`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attrs import evolve, field, frozen
else:
    from keyhole.frozen_class import evolve, field, frozen

__all__ = ["evolve", "field", "frozen"]
