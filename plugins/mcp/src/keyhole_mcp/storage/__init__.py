"""keyhole's stores behind the OAuth providers of the mcp SDK and of FastMCP.

For programs that keep their provider: `keyhole_mcp.auth(url)` needs none. Neither library is
needed to import this; who passes one of these to a provider has it.
"""

from __future__ import annotations

from keyhole_mcp.storage.renewing import Renewing
from keyhole_mcp.storage.sdk import SdkTokenStorage
from keyhole_mcp.storage.values import KeyValue, key_value

__all__ = ["KeyValue", "Renewing", "SdkTokenStorage", "key_value"]
