"""What the contract of a token store does with one, and how it says what was wrong."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from keyhole.errors import BusyError, StoreError
from keyhole.record import TokenRecord
from keyhole.store import TokenStore

__all__ = ["assert_same", "is_busy", "keep", "must", "refusal"]


def keep(store: TokenStore, key: str, record: TokenRecord) -> None:
    """Keeps a record under a key, as a holder of that key does."""
    with store.exclusive(key, timeout=5) as slot:
        slot.replace(record)


def assert_same(found: TokenRecord | None, expected: TokenRecord | None, when: str) -> None:
    """Says which fields differ; of none what it holds."""
    if found is None or expected is None:
        assert found is expected, (
            f"{when} there is {'a record' if found else 'nothing'} "
            f"where {'a record' if expected else 'nothing'} was kept last"
        )
        return
    differ = [
        field.name
        for field in attrs.fields(TokenRecord)
        if getattr(found, field.name) != getattr(expected, field.name)
    ]
    assert not differ, (
        f"{when} the record differs in {', '.join(differ)}; keep record.text() as it is, "
        "and give TokenRecord.parse what was kept"
    )


def is_busy(store: TokenStore, key: str, timeout: float) -> bool:
    """Whether somebody else holds a key for all that time."""
    try:
        with store.exclusive(key, timeout=timeout):
            return False
    except BusyError:
        return True


def must(call: Callable[[], object], rule: str) -> None:
    """Calls what must not fail."""
    try:
        call()
    except Exception as error:
        raise AssertionError(f"{type(error).__name__} was raised; {rule}") from error


def refusal(store: TokenStore, key: str, record: TokenRecord) -> StoreError | None:
    """Keeps a record; the error, where the store refuses it."""
    try:
        keep(store, key, record)
    except StoreError as error:
        return error
    return None
