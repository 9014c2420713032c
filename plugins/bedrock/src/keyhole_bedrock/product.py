"""The three services on AWS that serve Claude, as plain data.

Their variables and addresses are documented at https://code.claude.com/docs/en/amazon-bedrock and
https://code.claude.com/docs/en/claude-platform-on-aws; the names of the services to sign for were
observed in Claude Code's requests.
"""

from __future__ import annotations

from keyhole import Kind
from keyhole.frozen import frozen

__all__ = ["ANTHROPIC_AWS", "BEDROCK", "MANTLE", "Product"]


@frozen
class Product:
    """One of the services.

    Attributes:
        title: What people call it.
        flag: The variable that switches it on.
        skip: The variable that leaves authentication to a gateway.
        base_url: The variable that sends its requests elsewhere.
        url: Its own address, with `{region}` in it.
        service: The name of the service that a signature is for.
        api_key: The variable that holds an API key; it wins over a signature.
        kind: What that key is, and how it travels.
        key_without_auth: Whether that key is sent although `skip` is on.
        skip_headers: The headers that carry ANTHROPIC_AUTH_TOKEN while `skip` is on.
        workspace: The variable that holds the id of a workspace; empty where it needs none.
    """

    title: str
    flag: str
    skip: str
    base_url: str
    url: str
    service: str
    api_key: str
    kind: Kind
    key_without_auth: bool = True
    skip_headers: tuple[str, ...] = ("authorization",)
    workspace: str = ""

    @property
    def variables(self) -> frozenset[str]:
        """All variables that are this service's own."""
        own = {self.flag, self.skip, self.base_url, self.api_key, self.workspace}
        return frozenset(own - {""})


_BEDROCK_KEY = Kind("bedrock-api-key", ("authorization",), ("AWS_BEARER_TOKEN_BEDROCK",))
_PLATFORM_KEY = Kind(
    "aws-api-key", ("x-api-key", "anthropic-workspace-id"), ("ANTHROPIC_AWS_API_KEY",)
)

BEDROCK = Product(
    title="Amazon Bedrock",
    flag="CLAUDE_CODE_USE_BEDROCK",
    skip="CLAUDE_CODE_SKIP_BEDROCK_AUTH",
    base_url="ANTHROPIC_BEDROCK_BASE_URL",
    url="https://bedrock-runtime.{region}.amazonaws.com",
    service="bedrock",
    api_key="AWS_BEARER_TOKEN_BEDROCK",
    kind=_BEDROCK_KEY,
)

MANTLE = Product(
    title="Bedrock Mantle",
    flag="CLAUDE_CODE_USE_MANTLE",
    skip="CLAUDE_CODE_SKIP_MANTLE_AUTH",
    base_url="ANTHROPIC_BEDROCK_MANTLE_BASE_URL",
    url="https://bedrock-mantle.{region}.api.aws/anthropic",
    service="bedrock-mantle",
    api_key="AWS_BEARER_TOKEN_BEDROCK",
    kind=_BEDROCK_KEY,
)

ANTHROPIC_AWS = Product(
    title="Claude Platform on AWS",
    flag="CLAUDE_CODE_USE_ANTHROPIC_AWS",
    skip="CLAUDE_CODE_SKIP_ANTHROPIC_AWS_AUTH",
    base_url="ANTHROPIC_AWS_BASE_URL",
    url="https://aws-external-anthropic.{region}.api.aws",
    service="aws-external-anthropic",
    api_key="ANTHROPIC_AWS_API_KEY",
    kind=_PLATFORM_KEY,
    key_without_auth=False,
    skip_headers=("authorization", "x-api-key"),
    workspace="ANTHROPIC_AWS_WORKSPACE_ID",
)
