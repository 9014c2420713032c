"""A plugin to begin with: what `keyhole new-plugin` writes."""

from __future__ import annotations

from keyhole.scaffold.draft import draft
from keyhole.scaffold.names import Names, named
from keyhole.scaffold.parts import PARTS, Part
from keyhole.scaffold.taken import refuse_taken
from keyhole.scaffold.write import write

__all__ = ["PARTS", "Names", "Part", "draft", "named", "refuse_taken", "write"]
