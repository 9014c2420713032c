"""Finds the one credential that a program uses for Anthropic, says which one it is and why.

The public names are imported on first use, so that `import keyhole` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from keyhole.check import Check as Check
    from keyhole.check import Notice as Notice
    from keyhole.check import Role as Role
    from keyhole.check import Seen as Seen
    from keyhole.check import Severity as Severity
    from keyhole.check import View as View
    from keyhole.command import Command as Command
    from keyhole.credential import API_KEY as API_KEY
    from keyhole.credential import BEARER as BEARER
    from keyhole.credential import HELPER_OUTPUT as HELPER_OUTPUT
    from keyhole.credential import OAUTH_TOKEN as OAUTH_TOKEN
    from keyhole.credential import Credential as Credential
    from keyhole.credential import HeaderCredential as HeaderCredential
    from keyhole.credential import Kind as Kind
    from keyhole.endpoint import Endpoint as Endpoint
    from keyhole.errors import KeyholeError as KeyholeError
    from keyhole.hooks import hookimpl as hookimpl
    from keyhole.host import Host as Host
    from keyhole.http import Auth as Auth
    from keyhole.machine import Machine as Machine
    from keyhole.option import Option as Option
    from keyhole.record import TokenRecord as TokenRecord
    from keyhole.renewal import Renewal as Renewal
    from keyhole.renewal import Renewed as Renewed
    from keyhole.resolved import Resolved as Resolved
    from keyhole.resolved import aresolve as aresolve
    from keyhole.resolved import resolve as resolve
    from keyhole.sdk import agent_env as agent_env
    from keyhole.sdk import agent_options as agent_options
    from keyhole.sdk import anthropic_client as anthropic_client
    from keyhole.sdk import async_anthropic_client as async_anthropic_client
    from keyhole.sdk import async_sdk_client as async_sdk_client
    from keyhole.sdk import sdk_client as sdk_client
    from keyhole.secret import Secret as Secret
    from keyhole.source import Absent as Absent
    from keyhole.source import Broken as Broken
    from keyhole.source import CredentialSource as CredentialSource
    from keyhole.source import Detail as Detail
    from keyhole.source import Finding as Finding
    from keyhole.source import Found as Found
    from keyhole.source import Ignored as Ignored
    from keyhole.store import Availability as Availability
    from keyhole.store import Slot as Slot
    from keyhole.store import StoreFactory as StoreFactory
    from keyhole.store import TokenStore as TokenStore
    from keyhole.variable import Setting as Setting
    from keyhole.variable import Variable as Variable
    from keyhole.walk import Survey as Survey
    from keyhole.walk import survey as survey
    from keyhole.where import Where as Where
    from keyhole.wire import Wire as Wire

_HOMES = {
    "API_KEY": "credential",
    "Absent": "source",
    "Auth": "http",
    "Availability": "store",
    "BEARER": "credential",
    "Broken": "source",
    "Check": "check",
    "Command": "command",
    "Credential": "credential",
    "CredentialSource": "source",
    "Detail": "source",
    "Endpoint": "endpoint",
    "Finding": "source",
    "Found": "source",
    "HELPER_OUTPUT": "credential",
    "HeaderCredential": "credential",
    "Host": "host",
    "Ignored": "source",
    "KeyholeError": "errors",
    "Kind": "credential",
    "Machine": "machine",
    "Notice": "check",
    "OAUTH_TOKEN": "credential",
    "Option": "option",
    "Renewal": "renewal",
    "Renewed": "renewal",
    "Resolved": "resolved",
    "Role": "check",
    "Secret": "secret",
    "Seen": "check",
    "Setting": "variable",
    "Severity": "check",
    "Slot": "store",
    "StoreFactory": "store",
    "Survey": "walk",
    "TokenRecord": "record",
    "TokenStore": "store",
    "Variable": "variable",
    "View": "check",
    "Where": "where",
    "Wire": "wire",
    "agent_env": "sdk",
    "agent_options": "sdk",
    "anthropic_client": "sdk",
    "aresolve": "resolved",
    "async_anthropic_client": "sdk",
    "async_sdk_client": "sdk",
    "hookimpl": "hooks",
    "resolve": "resolved",
    "sdk_client": "sdk",
    "survey": "walk",
}

__all__ = [*_HOMES, "__version__"]  # noqa: PLE0604  # the keys are strings


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'keyhole' has no attribute '{name}'")
    found = globals()[name] = getattr(import_module(f"keyhole.{_HOMES[name]}"), name)
    return found
