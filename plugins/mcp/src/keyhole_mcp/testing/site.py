"""A small web server on loopback."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, final
from urllib.parse import parse_qsl, urlsplit

from keyhole_mcp.testing.place import Answer, Asked, Place

__all__ = ["Listening", "Site", "serving"]


class Listening(ThreadingHTTPServer):
    """Listens at a free port of 127.0.0.1, with a thread for each connection.

    Args:
        handler: What serves a connection.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: Any) -> None:
        """A client that goes away is nothing to report."""

    def close(self) -> None:
        """Stops listening."""
        self.shutdown()
        self.server_close()


@final
class Site(Place):
    """A place on loopback.

    Attributes:
        port: Its port.
    """

    def __init__(self) -> None:
        self._server = Listening(serving(self))
        super().__init__(self._server.origin)
        self.port = self._server.server_port

    def close(self) -> None:
        """Stops listening."""
        self._server.close()


def serving(place: Place) -> type[BaseHTTPRequestHandler]:
    """What serves connections to a place."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            answer = place.answer(self._asked())
            if not answer.status:
                self.close_connection = True
                return
            with contextlib.suppress(OSError):
                self._send(answer)

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815  # the base class looks for these

        def _asked(self) -> Asked:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            return Asked(self.command, parts.path, query, headers, body)

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if isinstance(answer.body, bytes):
                self.send_header("content-length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
                return
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for chunk in answer.body:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: Any) -> None:
            """What was asked is in `seen`."""

    return Handler
