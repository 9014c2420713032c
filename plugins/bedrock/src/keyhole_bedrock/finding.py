"""What to say of a service that is switched on."""

from __future__ import annotations

from keyhole import Broken, Detail, Found, Machine, Variable, Where, Wire
from keyhole.endpoint import Endpoint, named
from keyhole.flaw import Flaw, reasons, remedies
from keyhole.source import passed_over
from keyhole_bedrock.chosen import Chosen, choose
from keyhole_bedrock.product import Product
from keyhole_bedrock.profiles import DEFAULT, read
from keyhole_bedrock.region import Region, region_of
from keyhole_bedrock.target import Target
from keyhole_bedrock.way import Way, way_of

__all__ = ["finding"]


def finding(machine: Machine, product: Product, flag: Variable) -> Found | Broken:
    """Everything that can be seen, and everything that is missing, together.

    Args:
        machine: The machine.
        product: The service.
        flag: The variable that switches it on.
    """
    shared, chosen = read(machine), choose(machine)
    region = region_of(machine, shared.profiles.get(chosen.name if chosen else DEFAULT))
    endpoint = named(machine, product.base_url, product.url.format(region=region.name))
    way = way_of(machine, product, shared, chosen, region.name)
    workspace = machine.variable(product.workspace) if product.workspace else None
    flaws = (*region.flaws, *_of_endpoint(endpoint), *_of_workspace(workspace), *way.flaws)
    details = _details(region, chosen, workspace, way)
    warnings = (
        *passed_over(flag, machine.variable(product.api_key)),
        *way.warnings,
        *endpoint.warnings(f"what is sent to {product.title}"),
    )
    if flaws:
        return Broken(
            where=flag.where,
            reason=reasons(flaws),
            remedy=remedies(flaws),
            details=details,
            warnings=warnings,
            wire=Wire.provider(*way.headers),
        )
    private = bool(chosen and chosen.private)
    target = Target(
        product,
        region.name,
        endpoint.url,
        workspace.text if workspace else "",
        private=private,
        skip=machine.variable(product.skip).on,
    )
    return Found(
        where=_place(flag),
        load=way.load(target),
        kind=way.kind,
        endpoint=endpoint,
        usable=way.usable,
        expires_at=way.expires_at,
        details=details,
        warnings=warnings,
        wire=Wire.provider(*way.headers),
        # `claude` knows nothing of a profile in keyhole's configuration.
        native=not private,
    )


def _details(
    region: Region, chosen: Chosen | None, workspace: Variable | None, way: Way
) -> tuple[Detail, ...]:
    shown = [Detail("credential", way.name, way.where), Detail("region", region.name, region.where)]
    if chosen:
        shown.append(Detail("profile", chosen.name, chosen.where))
    if workspace and workspace.value:
        shown.append(Detail("workspace", workspace.text, workspace.where))
    return (*shown, *way.details)


def _of_endpoint(endpoint: Endpoint) -> tuple[Flaw, ...]:
    if not endpoint.problem:
        return ()
    return (Flaw(f"it {endpoint.refusal}", f"correct {endpoint.where}, or remove it"),)


def _of_workspace(workspace: Variable | None) -> tuple[Flaw, ...]:
    if workspace is None or workspace.value:
        return ()
    return (Flaw(workspace.absence, f"export {workspace.name} with the id of the workspace"),)


def _place(flag: Variable) -> Where:
    if flag.where is None:
        raise ValueError(f"{flag.name} stands nowhere")
    return flag.where
