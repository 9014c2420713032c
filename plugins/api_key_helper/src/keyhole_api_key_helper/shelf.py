"""One helper's value, shared by this user's processes so that they run it once for all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from keyhole import HELPER_OUTPUT, Secret
from keyhole.credential import API_KEY, BEARER
from keyhole.errors import BusyError, HelperError
from keyhole.scratch import Scratch
from keyhole_api_key_helper.helper import Helper
from keyhole_api_key_helper.value import Value

__all__ = ["Shelf"]

_PATIENCE = 5.0
"""Seconds to wait for another process, beyond what its helper may take."""

_KINDS = {kind.name: kind for kind in (HELPER_OUTPUT, API_KEY, BEARER)}


class Shelf:
    """Where the value of one helper is kept.

    Args:
        scratch: The place.
        helper: The helper; its key tells one value from another.
    """

    def __init__(self, scratch: Scratch, helper: Helper) -> None:
        self._scratch = scratch
        self._helper = helper
        self._key = helper.key()

    def once(self, fits: Callable[[Value], bool], run: Callable[[], Value]) -> Value:
        """The kept value where it fits, else a new one that one process fetches for all.

        Args:
            fits: Whether a value can be used.
            run: Fetches one.

        Raises:
            HelperError: Another process took too long to fetch it; or what `run` raises.
        """
        kept = self._kept()
        if kept and fits(kept):
            return kept
        try:
            with self._scratch.lock(self._key, timeout=self._helper.timeout + _PATIENCE):
                return self._alone(fits, run)
        except BusyError as error:
            busy = error
        raise HelperError(
            f"another run of the helper does not end: {busy.problem}",
            where=str(self._helper.where),
            remedy=f"{busy.remedy}, or set [helper] cache = false in keyhole's configuration",
        )

    def _alone(self, fits: Callable[[Value], bool], run: Callable[[], Value]) -> Value:
        """Somebody may have fetched one while this process waited for its turn."""
        kept = self._kept()
        if kept and fits(kept):
            return kept
        # What no longer fits must not be found by anybody, however the run ends.
        self._scratch.remove(self._key)
        value = run()
        if fits(value):
            self._scratch.write(self._key, _written(value))
        return value

    def _kept(self) -> Value | None:
        text = self._scratch.read(self._key)
        return _read(text) if text else None


def _written(value: Value) -> Secret:
    fields = {
        "value": value.secret.reveal(),
        "obtained_at": value.obtained_at,
        "kind": value.kind.name,
        "expires_at": value.expires_at,
    }
    return Secret(json.dumps(fields))


def _read(text: Secret) -> Value | None:
    """What was written; None for anything else, as if nothing were kept."""
    try:
        fields: dict[str, Any] = json.loads(text.reveal())
        return Value(
            Secret(str(fields["value"])),
            float(fields["obtained_at"]),
            _KINDS[fields["kind"]],
            None if fields["expires_at"] is None else float(fields["expires_at"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
