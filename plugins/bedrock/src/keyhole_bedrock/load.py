"""Loading the credential."""

from __future__ import annotations

from collections.abc import Callable

from keyhole import Credential, Host, Secret
from keyhole.errors import BrokenCredentialError, HelperError
from keyhole.frozen import frozen
from keyhole_bedrock.commands import Refresh
from keyhole_bedrock.credential import Signer
from keyhole_bedrock.keys import Keys
from keyhole_bedrock.target import Target

__all__ = ["Constant", "Load"]


@frozen
class Constant:
    """Returns a credential that is already here; a refused one can't be made anew."""

    credential: Credential

    def __call__(self, host: Host, rejected: Secret | None) -> Credential:  # noqa: ARG002
        return self.credential


@frozen
class Load:
    """Gets access keys; where that fails, or gives the refused ones again, it renews the login.

    Attributes:
        target: What they are for.
        obtain: Gets the keys as they are now.
        refresh: The awsAuthRefresh, if there is one.
    """

    target: Target
    obtain: Callable[[Host], Keys]
    refresh: Refresh | None

    def __call__(self, host: Host, rejected: Secret | None) -> Signer:
        keys = self.obtain(host) if self.refresh is None else self._renewed(host, rejected)
        return Signer(self.target, keys=keys, expires_at=keys.expires_at)

    def _renewed(self, host: Host, rejected: Secret | None) -> Keys:
        if self.refresh is None:
            return self.obtain(host)
        try:
            keys = self.obtain(host)
        except (BrokenCredentialError, HelperError):
            keys = None
        if keys is None or keys.secret_access_key == rejected:
            self.refresh.run(host)
            keys = self.obtain(host)
        return keys
