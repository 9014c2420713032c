"""The public internet as a client behind a proxy sees it, without a connection to any of it.

The proxy on loopback answers in the name of the servers that a probe has made up, and connects
nowhere: whatever else a client asks for is remembered and refused.
"""

from __future__ import annotations

import ssl
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, final
from urllib.parse import urlsplit

from keyhole_mcp.testing.authority import certify
from keyhole_mcp.testing.place import Place
from keyhole_mcp.testing.site import Listening, serving

__all__ = ["AUTHORIZATION", "SERVER", "Proxy"]

SERVER = "mcp.acme.example"
AUTHORIZATION = "auth.acme.example"


@final
class Proxy:
    """A proxy for http and https.

    Args:
        folder: Where it keeps its certificates.

    Attributes:
        places: The servers that it answers for, by host name.
        elsewhere: Every host that was asked for besides: `CONNECT 10.0.0.1:443`.
    """

    def __init__(self, folder: Path) -> None:
        self.places = {name: Place(f"https://{name}") for name in (SERVER, AUTHORIZATION)}
        self.elsewhere: list[str] = []
        self.asked = False
        self._trusted, served = certify(folder, [SERVER, AUTHORIZATION])
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(served)
        self._server = Listening(_proxying(self))

    def environ(self) -> dict[str, str]:
        """The variables that lead a client here; only this machine itself is asked directly."""
        here = self._server.origin
        trusted = str(self._trusted)
        return {
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), here),
            **dict.fromkeys(
                ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"), trusted
            ),
        }

    def close(self) -> None:
        """Stops listening."""
        self._server.close()

    def place(self, target: str, asked: str) -> Place | None:
        """The server that is meant; None, and remembered, where it is no public one over TLS.

        Args:
            target: Host and port.
            asked: How it was asked for.
        """
        self.asked = True
        host, _, port = target.rpartition(":")
        found = self.places.get(host) if port == "443" else None
        if found is None:
            self.elsewhere.append(asked)
        return found

    def tunnel(self, handler: BaseHTTPRequestHandler, place: Place) -> None:
        """Speaks TLS in the name of a server until the client goes."""
        with self._tls.wrap_socket(handler.connection, server_side=True) as secured:
            serving(place)(secured, handler.client_address, handler.server)


def _proxying(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_CONNECT(self) -> None:
            self.close_connection = True
            place = proxy.place(self.path, f"CONNECT {self.path}")
            if place is None:
                self.send_error(502)
                return
            self.send_response(200)
            self.end_headers()
            proxy.tunnel(self, place)

        def _plain(self) -> None:
            parts = urlsplit(self.path)
            proxy.place(parts.netloc, f"{self.command} {parts.scheme}://{parts.netloc}{parts.path}")
            self.close_connection = True
            self.send_error(502)

        do_GET = do_POST = _plain  # noqa: N815  # the base class looks for these

        def log_message(self, *_: Any) -> None:
            """What was asked is remembered."""

    return Handler
