"""Which Entra identity this machine has, seen from its variables alone.

The order is azure-identity's own: a service principal, a workload's identity, a managed identity,
a person's sign-in. What is configured first is the one: where it fails, that is an error, and no
other account takes its place.
https://aka.ms/azsdk/python/identity/credential-chains
"""

from __future__ import annotations

from collections.abc import Iterator

from keyhole import Detail, Machine, Variable, Where
from keyhole.flaw import Flaw
from keyhole.frozen import frozen
from keyhole.source import passed_over
from keyhole_foundry import names
from keyhole_foundry.options import CREDENTIAL

__all__ = ["CERTIFICATE", "CLIENT", "SECRET", "TENANT", "TOKEN_FILE", "Identity", "identity"]

NAMED_BY = "AZURE_TOKEN_CREDENTIALS"
TENANT = "AZURE_TENANT_ID"
CLIENT = "AZURE_CLIENT_ID"
SECRET = "AZURE_CLIENT_SECRET"  # noqa: S105  # a variable's name
CERTIFICATE = "AZURE_CLIENT_CERTIFICATE_PATH"
TOKEN_FILE = "AZURE_FEDERATED_TOKEN_FILE"  # noqa: S105  # a variable's name


@frozen
class Form:
    """A kind of identity that variables configure.

    Attributes:
        name: The credential of azure-identity that serves it.
        marks: Variables of which each says that this kind is meant.
        needs: What else it takes.
    """

    name: str
    marks: tuple[str, ...]
    needs: tuple[str, ...] = ()


FORMS = (
    Form(names.ENVIRONMENT, (SECRET, CERTIFICATE), (TENANT, CLIENT)),
    Form(names.WORKLOAD, (TOKEN_FILE,), (TENANT, CLIENT)),
    Form(names.MANAGED, ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST")),
)


@frozen
class Identity:
    """Which credential gives the token.

    Attributes:
        name: One of the credential's names; `DefaultAzureCredential` where nobody named one and
            no variables configure one.
        where: What decided that; None where nothing did.
        details: What to show of it.
        flaws: What is wrong or missing.
        warnings: Sentences for the user.
    """

    name: str
    where: Where | None = None
    details: tuple[Detail, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    warnings: tuple[str, ...] = ()


def identity(machine: Machine) -> Identity:
    """The identity that is named, else the first that is configured."""
    variable = machine.variable(NAMED_BY)
    own = machine.config.get(CREDENTIAL)
    if own:
        where = Where(machine.config.entries[CREDENTIAL.key].spot, CREDENTIAL.key)
        return _named(machine, own, where, _unread(own, variable))
    if variable.value is None:
        return _configured(machine, names.AUTOMATIC, None, passed_over(variable))
    name = names.known(variable.text)
    if name:
        return _named(machine, name, variable.where, passed_over(variable))
    remedy = f"set {NAMED_BY} to one of {', '.join(names.NAMES)}"
    return Identity("", variable.where, flaws=(Flaw(f"{variable.where} names none", remedy),))


def _named(machine: Machine, name: str, where: Where | None, warnings: tuple[str, ...]) -> Identity:
    if name == names.PROD:
        return _configured(machine, name, where, warnings)
    form = next((form for form in FORMS if form.name == name), None)
    flaws = _missing(machine, form) if form and form.needs else ()
    return Identity(name, where, _details(machine, name, where), flaws, warnings)


def _configured(
    machine: Machine, otherwise: str, where: Where | None, warnings: tuple[str, ...]
) -> Identity:
    """The first kind that a variable marks; a person's sign-in (or a probe) where none does."""
    for form in FORMS:
        mark = next(_set(machine, form.marks), None)
        if mark:
            details = _details(machine, form.name, mark.where)
            return Identity(form.name, mark.where, details, _missing(machine, form), warnings)
    return Identity(otherwise, where, _details(machine, otherwise, where), (), warnings)


def _missing(machine: Machine, form: Form) -> tuple[Flaw, ...]:
    """Everything that a kind still needs, as one flaw."""
    unset = [name for name in form.needs if machine.variable(name).value is None]
    if not any(_set(machine, form.marks)):
        unset.append(" or ".join(form.marks))
    if not unset:
        return ()
    reason = f"{form.name} also needs {' and '.join(unset)}"
    return (Flaw(reason, f"set {' and '.join(unset)}, or name another one in {NAMED_BY}"),)


def _details(machine: Machine, name: str, where: Where | None) -> tuple[Detail, ...]:
    shown = [Detail("credential", name, where)]
    if name in (names.ENVIRONMENT, names.WORKLOAD, names.MANAGED):
        shown += [
            Detail(label, variable.text, variable.where)
            for label, variable in (
                ("tenant", machine.variable(TENANT)),
                ("client", machine.variable(CLIENT)),
            )
            if variable.value
        ]
    return tuple(shown) + (_account(machine) if "cli" in names.PARTS.get(name, ()) else ())


def _account(machine: Machine) -> tuple[Detail, ...]:
    """Who is signed in with `az`, from the file that it keeps beside its tokens."""
    folder = machine.variable("AZURE_CONFIG_DIR").text
    path = machine.home / ".azure" if not folder else machine.cwd / folder
    profile = machine.json(path / "azureProfile.json")
    subscriptions = profile.get("subscriptions")
    for entry in subscriptions if isinstance(subscriptions, list) else ():
        if isinstance(entry, dict) and entry.get("isDefault") is True:
            user, place = entry.get("user"), profile.where("subscriptions")
            facts = {
                "account": user.get("name") if isinstance(user, dict) else None,
                "tenant": entry.get("tenantId"),
            }
            return tuple(
                Detail(label, fact, place) for label, fact in facts.items() if isinstance(fact, str)
            )
    return ()


def _set(machine: Machine, wanted: tuple[str, ...]) -> Iterator[Variable]:
    return (variable for name in wanted if (variable := machine.variable(name)).value)


def _unread(name: str, variable: Variable) -> tuple[str, ...]:
    """`claude` finds Foundry's credentials by itself, and reads no file of keyhole's."""
    if names.known(variable.text) == name:
        return ()
    return (
        f"`claude` itself does not read [foundry] credential: "
        f"export {NAMED_BY}={name} for it to use the same.",
    )
