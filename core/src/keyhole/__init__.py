"""Finds the one credential that a program uses for Anthropic, says which one it is and why.

The public names are imported on first use, so that `import keyhole` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from keyhole.command import Command as Command
    from keyhole.credential import API_KEY as API_KEY
    from keyhole.credential import BEARER as BEARER
    from keyhole.credential import OAUTH_TOKEN as OAUTH_TOKEN
    from keyhole.credential import Credential as Credential
    from keyhole.credential import HeaderCredential as HeaderCredential
    from keyhole.credential import Kind as Kind
    from keyhole.endpoint import Endpoint as Endpoint
    from keyhole.errors import KeyholeError as KeyholeError
    from keyhole.hookspecs import hookimpl as hookimpl
    from keyhole.host import Host as Host
    from keyhole.machine import Machine as Machine
    from keyhole.secret import Secret as Secret
    from keyhole.source import Absent as Absent
    from keyhole.source import Broken as Broken
    from keyhole.source import CredentialSource as CredentialSource
    from keyhole.source import Detail as Detail
    from keyhole.source import Finding as Finding
    from keyhole.source import Found as Found
    from keyhole.source import Ignored as Ignored
    from keyhole.variable import Variable as Variable
    from keyhole.walk import Survey as Survey
    from keyhole.walk import survey as survey
    from keyhole.where import Where as Where
    from keyhole.wire import Wire as Wire

_HOMES = {
    "API_KEY": "credential",
    "BEARER": "credential",
    "OAUTH_TOKEN": "credential",
    "Absent": "source",
    "Broken": "source",
    "Command": "command",
    "Credential": "credential",
    "CredentialSource": "source",
    "Detail": "source",
    "Endpoint": "endpoint",
    "Finding": "source",
    "Found": "source",
    "HeaderCredential": "credential",
    "Host": "host",
    "Ignored": "source",
    "KeyholeError": "errors",
    "Kind": "credential",
    "Machine": "machine",
    "Secret": "secret",
    "Survey": "walk",
    "Variable": "variable",
    "Where": "where",
    "Wire": "wire",
    "hookimpl": "hookspecs",
    "survey": "walk",
}

__all__ = [*_HOMES, "__version__"]  # noqa: PLE0604  # the keys are strings


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'keyhole' has no attribute '{name}'")
    return getattr(import_module(f"keyhole.{_HOMES[name]}"), name)
