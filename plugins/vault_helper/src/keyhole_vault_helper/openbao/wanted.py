"""What the configuration says of a secret, before anybody is asked where it is."""

from __future__ import annotations

from keyhole.frozen import frozen
from keyhole.machine import Machine
from keyhole_vault_helper.openbao import options
from keyhole_vault_helper.options import FIELD, PATH

__all__ = ["Wanted", "wanted"]


@frozen
class Wanted:
    """What the configuration says of a secret.

    Attributes:
        path: Its path.
        engine: "auto", "kv1", "kv2" or "dynamic".
        mount: Where the engine is mounted; empty where the server is to say it.
        version: The version of a KV v2 secret; 0 for the newest.
        field: The field with the key; empty for the only one.
    """

    path: str
    engine: str
    mount: str
    version: int
    field: str

    @property
    def key(self) -> str:
        """What tells it from others."""
        return f"{self.engine}|{self.mount}|{self.path}|{self.version}|{self.field}"

    @property
    def about(self) -> str:
        """The secret, for people."""
        field = f"{self.field} at " if self.field else ""
        return f"{field}{self.path}" + (f" (version {self.version})" if self.version else "")


def wanted(machine: Machine) -> Wanted:
    """What the configuration says."""
    config = machine.config
    return Wanted(
        config.get(PATH),
        config.get(options.ENGINE),
        config.get(options.MOUNT),
        config.get(options.VERSION),
        config.get(FIELD),
    )
