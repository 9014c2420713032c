"""Loading: a token from Google, after signing in anew where that is what is missing."""

from __future__ import annotations

from pathlib import Path

from keyhole import Host, KeyholeError, Machine, Secret
from keyhole.document import Document, parse
from keyhole.errors import BrokenCredentialError
from keyhole.files import RealFiles
from keyhole.flaw import reasons, remedies
from keyhole_vertex import metadata
from keyhole_vertex.adc import Adc, look
from keyhole_vertex.credential import GOOGLE_TOKEN, WITH_QUOTA, VertexCredential
from keyhole_vertex.deployment import Deployment
from keyhole_vertex.environ import environ
from keyhole_vertex.sign_in import SignIn
from keyhole_vertex.trouble import translated

__all__ = ["Load"]


class Load:
    """Returns a credential with a new token.

    Args:
        machine: The machine.
        sign_in: The command that signs in anew; None where there is none.
    """

    def __init__(self, machine: Machine, sign_in: SignIn | None) -> None:
        self._machine = machine
        self._sign_in = sign_in

    def __call__(self, host: Host, rejected: Secret | None) -> VertexCredential:  # noqa: ARG002
        # Google mints another token each time, so what was refused needs no mention.
        outcome = self._attempt(host, last=self._sign_in is None)
        if isinstance(outcome, BrokenCredentialError) and self._sign_in:
            self._sign_in.run(host)
            outcome = self._attempt(host, last=True)
        if isinstance(outcome, KeyholeError):
            raise outcome
        return outcome

    def _attempt(self, host: Host, *, last: bool) -> VertexCredential | KeyholeError:
        """One try; a failure is returned, so that it is raised without the vendor's own."""
        adc = look(self._machine, _read_anew)
        deployment = Deployment.of(self._machine, adc)
        flaws = (*adc.flaws, *deployment.flaws)
        if flaws:
            where = str(adc.where) if adc.where else ""
            return BrokenCredentialError(reasons(flaws), where=where, remedy=remedies(flaws))
        if adc.on_metadata_server and not last:
            # Signing in makes a file; the metadata server is asked where nothing else is left.
            return BrokenCredentialError("there is no credentials file yet")
        try:
            return self._mint(host, adc, deployment)
        except KeyholeError as error:
            return error
        except Exception as error:  # noqa: BLE001  # the library's own, or of what a file holds
            return translated(error, adc)

    def _mint(self, host: Host, adc: Adc, deployment: Deployment) -> VertexCredential:
        machine = self._machine
        if adc.on_metadata_server:
            metadata.check(machine, host)
        project = deployment.project
        name = project.value if project else metadata.project_of(machine, host)
        from keyhole_vertex.google import mint

        token = mint(adc, metadata.host_of(machine))
        return VertexCredential(
            kind=WITH_QUOTA if deployment.quota else GOOGLE_TOKEN,
            secret=token.secret,
            endpoint=deployment.endpoint.url,
            project=name,
            region=deployment.region.value,
            quota_project=deployment.quota.value if deployment.quota else "",
            environ=environ(machine, deployment, name),
            expires_at=token.expires_at,
        )


def _read_anew(path: Path) -> Document:
    """The file as it is by now: signing in and rotation replace it under a running process."""
    return parse(RealFiles().read(path))
