"""Application Default Credentials: where Google's own libraries would find them, and which form.

The order is Google's: the file that GOOGLE_APPLICATION_CREDENTIALS names, the file that
`gcloud auth application-default login` writes, the metadata server
(https://cloud.google.com/docs/authentication/application-default-credentials).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from keyhole import Machine, Where
from keyhole.document import Document
from keyhole.endpoint import problem_of
from keyhole.frozen import field, frozen
from keyhole_vertex.flaw import Flaw
from keyhole_vertex.forms import FORMS, LOGIN, METADATA_SERVER, Form

__all__ = ["EXECUTABLES", "METADATA_HOSTS", "NAMED", "Adc", "look"]

NAMED = "GOOGLE_APPLICATION_CREDENTIALS"
EXECUTABLES = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"
METADATA_HOSTS = ("GCE_METADATA_HOST", "GCE_METADATA_IP")
_NO_METADATA = "NO_GCE_CHECK"


@frozen
class Adc:
    """What one look found.

    Attributes:
        form: The form; None where the file says none that is known.
        where: The place that decides it; None for the metadata server, which nothing chooses.
        document: The file; empty for the metadata server.
        flaws: Why it can't be used.
    """

    form: Form | None
    where: Where | None
    document: Document = field(repr=False)
    flaws: tuple[Flaw, ...] = ()

    @property
    def on_metadata_server(self) -> bool:
        """Whether the machine itself would vouch for the program."""
        return self.form is METADATA_SERVER


def look(machine: Machine, read: Callable[[Path], Document]) -> Adc:
    """Finds the credentials.

    Args:
        machine: The machine.
        read: Reads a JSON file: `machine.json` for what was seen already.
    """
    named = machine.variable(NAMED)
    if named.text:
        document = read(machine.cwd / named.text)
        if not document.missing:
            return _in_file(machine, document)
        flaw = Flaw(f"{named.where} names a file that does not exist", LOGIN, by_sign_in=True)
        return Adc(None, named.where, document, (flaw,))
    document = read(_gcloud_folder(machine) / "application_default_credentials.json")
    if not document.missing:
        return _in_file(machine, document)
    return Adc(METADATA_SERVER, None, document, tuple(_no_metadata(machine)))


def _in_file(machine: Machine, document: Document) -> Adc:
    name = document.get("type")
    form = FORMS.get(name) if isinstance(name, str) else None
    where = document.where("type") if form else Where(document.place)
    return Adc(form, where, document, tuple(_flaws(machine, document, form)))


def _flaws(machine: Machine, document: Document, form: Form | None) -> Iterator[Flaw]:
    if document.problem:
        yield Flaw(f"{document.place} {document.problem}", LOGIN, by_sign_in=True)
        return
    if document.exposed:
        # Whoever writes it names the program that is run, or the server that is asked.
        yield Flaw(
            f"{document.place} can be written by everyone on this machine",
            f"chmod o-w {document.place}",
        )
    if form is None:
        known = ", ".join(FORMS)
        yield Flaw(f"{document.place} has no `type` that is known ({known})", LOGIN)
        return
    lacks = [field for field in form.needs if not document.get(field)]
    if lacks:
        yield Flaw(f"{document.place} lacks {', '.join(lacks)}", form.renewal, by_sign_in=True)
    runs = document.get("credential_source", "executable")
    if runs is not None and machine.variable(EXECUTABLES).text != "1":
        yield Flaw(
            f"{document.where('credential_source', 'executable')} is a program, and "
            f"{EXECUTABLES} is not 1",
            f"export {EXECUTABLES}=1 if you trust that program",
        )


def _no_metadata(machine: Machine) -> Iterator[Flaw]:
    for name in METADATA_HOSTS:
        variable = machine.variable(name)
        if variable.text and problem_of(f"http://{variable.text}/"):
            yield Flaw(f"{variable.where} is no host name", f"correct {variable.where}")
    off = machine.variable(_NO_METADATA)
    if off.text == "true":
        yield Flaw(
            f"there are no Application Default Credentials, and {off.where} rules out the "
            "metadata server",
            LOGIN,
            by_sign_in=True,
        )


def _gcloud_folder(machine: Machine) -> Path:
    named = machine.variable("CLOUDSDK_CONFIG").text
    if named:
        return machine.cwd / named
    if machine.platform == "win32":
        roaming = machine.variable("APPDATA").text
        return Path(roaming or machine.home / "AppData" / "Roaming") / "gcloud"
    return machine.home / ".config" / "gcloud"
