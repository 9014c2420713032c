"""For people who write plugins: a fake machine and host, contracts, Hypothesis strategies.

Needs the extra `testing` (pytest and Hypothesis).
"""

from __future__ import annotations

from keyhole.testing.contract import CANARY, Example, SourceContract
from keyhole.testing.effects import EffectError, no_effects
from keyhole.testing.fakes import CWD, HOME, NOW, FakeHost, fake_machine
from keyhole.testing.person import agrees
from keyhole.testing.stores import StoreContract, agreement

__all__ = [
    "CANARY",
    "CWD",
    "HOME",
    "NOW",
    "EffectError",
    "Example",
    "FakeHost",
    "SourceContract",
    "StoreContract",
    "agreement",
    "agrees",
    "fake_machine",
    "no_effects",
]
