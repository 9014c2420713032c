"""The metadata server of a machine in Google's cloud.

How it is recognised: https://cloud.google.com/compute/docs/instances/detect-compute-engine
"""

from __future__ import annotations

from keyhole import Host, Machine
from keyhole.errors import BrokenCredentialError, NetworkError
from keyhole.message import Request
from keyhole_vertex.forms import METADATA_SERVER
from keyhole_vertex.variables import PROJECT

__all__ = ["check", "host_of", "project_of"]

_NAME = "metadata.google.internal"
_ADDRESS = "169.254.169.254"
_FLAVOR = "metadata-flavor"
_OK = 200

_SECONDS = 1.0
"""For connecting, and again for answering: two in total where there is no such server."""


def host_of(machine: Machine) -> str:
    """Where the metadata server is."""
    return machine.variable("GCE_METADATA_HOST").text or _NAME


def check(machine: Machine, host: Host) -> None:
    """Makes sure that there is one: everywhere else, waiting for it would take minutes.

    Raises:
        BrokenCredentialError: There is none, and so there are no credentials at all.
    """
    named = machine.variable("GCE_METADATA_HOST").text
    address = machine.variable("GCE_METADATA_IP").text or named or _ADDRESS
    try:
        answer = host.send(_request(f"http://{address}/"))
        found = answer.headers.get(_FLAVOR) == "Google"
    except NetworkError:
        found = False
    if not found:
        raise BrokenCredentialError(
            "there are no Application Default Credentials: no file, and no metadata server",
            remedy=METADATA_SERVER.renewal,
        )


def project_of(machine: Machine, host: Host) -> str:
    """The project that the machine belongs to.

    Raises:
        BrokenCredentialError: The metadata server does not say.
        NetworkError: It does not answer.
    """
    url = f"http://{host_of(machine)}/computeMetadata/v1/project/project-id"
    answer = host.send(_request(url))
    project = answer.body.decode("ascii", "replace").strip()
    if answer.status != _OK or not project:
        raise BrokenCredentialError(
            f"no project is set ({PROJECT}), and the metadata server names none",
            remedy=f"export {PROJECT}=your-project",
        )
    return project


def _request(url: str) -> Request:
    return Request(url, headers={_FLAVOR: "Google"}, timeout=_SECONDS, limit=4096)
