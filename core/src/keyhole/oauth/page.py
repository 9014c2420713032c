"""The page at the end of a login, in the person's browser."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape

from keyhole.errors import KeyholeError

__all__ = ["answer", "failed", "nothing", "succeeded"]

_STYLE = """
:root{color-scheme:light dark;--ground:#fbfaf7;--ink:#23211c;--quiet:#5c574b;
--good:#1c6b3c;--bad:#a3261d}
@media (prefers-color-scheme:dark){:root{--ground:#1b1a17;--ink:#eceae3;--quiet:#b3ad9e;
--good:#7fd6a0;--bad:#ff9d92}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;
background:var(--ground);color:var(--ink);
font:1.0625rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}
main{width:100%;max-width:34rem}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25;font-weight:650}
.good h1{color:var(--good)}.bad h1{color:var(--bad)}
p{margin:0 0 .75rem}
.quiet{color:var(--quiet)}
"""

_POLICY = "; ".join(
    [
        "default-src 'none'",
        f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)

_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Connection": "close",
}

_CLOSE = "You can close this window."


def succeeded() -> bytes:
    """The whole answer that says: the server agreed."""
    said = "keyhole has the server's answer and finishes the login where you began it."
    return answer("200 OK", "good", "You agreed to the login", said, _CLOSE)


def failed(error: KeyholeError) -> bytes:
    """The whole answer that says: this login has failed, and why.

    Args:
        error: The reason; it holds no secret, and what a server said in it is escaped.
    """
    said = f"{error.problem[:1].upper()}{error.problem[1:].rstrip('.')}."
    advice = f"What to do: {error.remedy}." if error.remedy else ""
    return answer("400 Bad Request", "bad", "The login failed", said, advice, _CLOSE)


def nothing() -> bytes:
    """The whole answer to whoever is not expected; a login goes on waiting."""
    said = "No login is waiting for this address."
    return answer("404 Not Found", "bad", "Nothing here", said, "Begin the login again.")


def answer(status: str, kind: str, title: str, *paragraphs: str) -> bytes:
    """An HTTP answer that holds a page, without a script and without anything from elsewhere."""
    body = _page(kind, title, [text for text in paragraphs if text]).encode()
    headers = {**_HEADERS, "Content-Length": str(len(body))}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _page(kind: str, title: str, paragraphs: list[str]) -> str:
    first, *rest = (escape(text) for text in paragraphs)
    said = f"<p>{first}</p>" + "".join(f'<p class="quiet">{text}</p>' for text in rest)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        # An icon that is given is not asked for.
        f'<title>{escape(title)} - keyhole</title><link rel="icon" href="data:,">'
        f'<style>{_STYLE}</style></head><body class="{kind}"><main role="status">'
        f"<h1>{escape(title)}</h1>{said}</main></body></html>"
    )
