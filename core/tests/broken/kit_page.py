"""Writes docs/reference/testing-kit.md from the contracts and from what breaks them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

from caught import CASES, checks_of, message

from keyhole.testing import SourceContract, StoreContract

__all__ = ["COMMAND", "PAGE", "page"]

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "testing-kit.md"
COMMAND = f".venv/bin/python {Path(__file__).relative_to(ROOT)}"

HEAD = f"""\
# The testing kit

<!-- Written by `{COMMAND}`; a test fails where it is out of date. -->
<!-- page not run: core/tests/test_testing_kit.py runs each of these classes where it stands whole -->

`keyhole.testing` comes with the extra `keyhole-core[testing]`: a fake machine and a fake host, Hypothesis
strategies, and two contracts. A test class that inherits a contract runs every check below against a
source or a store; [write a source](../how-to/write-a-source.md) and
[write a store](../how-to/write-a-store.md) show how, and `keyhole new-plugin` writes both.

Each check stands here with what it wants and why, with something that breaks it, and with the words
that its author then reads. What breaks it is a test of the contract, too: nothing here goes uncaught.

| also there | what it is |
|---|---|
| `fake_machine(...)` | a machine that holds just these variables, files and settings |
| `FakeHost()` | a host whose clock stands still, and which remembers what it was asked to do |
| `CANARY` | the secret of an example: no text about the example may contain it |
| `no_effects()` | a block in which every effect raises `EffectError` |
| `keyhole.testing.strategies` | machines, tokens, JSON, sources, findings, keys and records for Hypothesis |
| `agreement(opens)` | a state machine that compares a store with a dictionary |
"""


def page() -> str:
    """The whole page."""
    return (
        "\n".join(
            [
                HEAD,
                "## SourceContract\n",
                "All of the sources below change one thing about this one, `Acme`, which finds a key in",
                "the variable `ACME_KEY`; `found` is what it says where the variable is set.\n",
                *_checks(SourceContract),
                "## StoreContract\n",
                "All of the stores below change one thing about `AcmeStore`, which keeps texts in a",
                "dictionary and has a lock for each key.\n",
                *_checks(StoreContract),
            ]
        ).rstrip()
        + "\n"
    )


def _checks(contract: type) -> Iterator[str]:
    for check in checks_of(contract):
        what, _, why = inspect.cleandoc(getattr(contract, check).__doc__).partition("\n\n")
        yield f"### {check}\n"
        yield f"{what} {' '.join(why.split())}\n"
        for case in CASES:
            if case.contract is contract and case.check == check:
                yield f"```python\n{inspect.getsource(case.broken).rstrip()}\n```\n"
                yield f"```text\n{message(case)}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
