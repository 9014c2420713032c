"""What a credential is for: a service, in a region, at an address."""

from __future__ import annotations

from collections.abc import Mapping

from keyhole.frozen import frozen
from keyhole_bedrock.product import Product

__all__ = ["Target"]

WORKSPACE = "anthropic-workspace-id"


@frozen
class Target:
    """Where a credential is used.

    Attributes:
        product: The service.
        region: The region.
        endpoint: The base URL.
        workspace: The id of the workspace; empty where the service knows none.
        private: Whether the credential is for keyhole alone.
        skip: Whether authentication is left to a gateway.
    """

    product: Product
    region: str
    endpoint: str
    workspace: str = ""
    private: bool = False
    skip: bool = False

    def headers(self) -> Mapping[str, str]:
        """What goes with every credential."""
        return {WORKSPACE: self.workspace} if self.workspace else {}

    def variables(self) -> Mapping[str, str]:
        """What makes a child process use this service."""
        chosen = {self.product.flag: "1", "AWS_REGION": self.region}
        if self.endpoint != self.product.url.format(region=self.region):
            chosen[self.product.base_url] = self.endpoint
        if self.workspace:
            chosen[self.product.workspace] = self.workspace
        if self.skip:
            chosen[self.product.skip] = "1"
        return chosen
