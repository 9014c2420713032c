"""Metadata and registrations that no sound server has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from keyhole_mcp.testing.authorization import METADATA
from keyhole_mcp.testing.client import Ended
from keyhole_mcp.testing.lab import Lab
from keyhole_mcp.testing.place import Answer, Asked, in_json
from keyhole_mcp.testing.probe import Failed, Probe
from keyhole_mcp.testing.steps import call
from keyhole_mcp.testing.verdicts import asked, nobody_asked, nothing_strays, refused

__all__ = ["PROBES"]

_JSON = {"content-type": "application/json"}
_LARGE = 10 * 1024 * 1024
_ENOUGH = 64 * 1024 * 1024
_HOPS = 20


def _javascript(lab: Lab) -> str:
    lab.authorization.metadata["authorization_endpoint"] = "javascript:alert(1)"
    return _refuses(lab)


def _other_issuer(lab: Lab) -> str:
    lab.authorization.metadata["issuer"] = lab.site().origin
    return _refuses(lab)


def _large(lab: Lab) -> str:
    lab.authorization.metadata["filler"] = "x" * _LARGE
    return _refuses(lab)


def _deep(lab: Lab) -> str:
    text = json.dumps(lab.authorization.metadata)[:-1] + ',"filler":' + "[" * 200_000
    return _answered(lab, Answer(200, _JSON, f"{text}{']' * 200_000}}}".encode()))


def _missing(status: int, lab: Lab) -> str:
    return _answered(lab, Answer(status))


def _endless(lab: Lab) -> str:
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        yield b'{"filler": "'
        while sent < _ENOUGH:
            sent += 65536
            yield b"x" * 65536

    lab.authorization.site.routes[METADATA] = lambda _: Answer(200, _JSON, chunks())
    end = lab.run(call("echo"))
    if sent >= _ENOUGH:
        raise Failed(f"read {_ENOUGH // 1024 // 1024} MB of metadata")
    return _refused(lab, end)


def _loop(lab: Lab) -> str:
    site = lab.authorization.site
    here = f"{site.origin}{METADATA.removeprefix('GET ')}"
    site.routes[METADATA] = lambda _: Answer(302, {"location": here})
    end = lab.run(call("echo"))
    if site.count(METADATA) > _HOPS:
        raise Failed(f"followed a redirect to itself {site.count(METADATA)} times")
    return f"{_refused(lab, end)} after {site.count(METADATA)} requests"


def _no_registration(lab: Lab) -> str:
    del lab.authorization.metadata["registration_endpoint"]
    return _refuses(lab)


def _other_redirect(lab: Lab) -> str:
    elsewhere = lab.site()
    site = lab.authorization.site
    register = site.routes["POST /register"]

    def registers(asked: Asked) -> Answer:
        answer = register(asked)
        assert isinstance(answer.body, bytes)  # noqa: S101  # our own
        said = json.loads(answer.body)
        return in_json({**said, "redirect_uris": [f"{elsewhere.origin}/callback"]}, 201)

    site.routes["POST /register"] = registers
    end = lab.run(call("echo"))
    asked(site, "POST /register")
    nobody_asked(lab, 0)
    refused(end)
    return "refused"


def _answered(lab: Lab, answer: Answer) -> str:
    lab.authorization.site.routes[METADATA] = lambda _: answer
    return _refuses(lab)


def _refuses(lab: Lab) -> str:
    return _refused(lab, lab.run(call("echo")))


def _refused(lab: Lab, end: Ended) -> str:
    asked(lab.authorization.site, METADATA)
    nothing_strays(lab)
    nobody_asked(lab, 0)
    refused(end)
    return "refused"


PROBES = (
    Probe("javascript", "refuses a `javascript:` authorization endpoint", _javascript),
    Probe("wrong-issuer", "refuses metadata of another issuer", _other_issuer),
    Probe("metadata-10-mb", "refuses metadata of 10 MB", _large),
    Probe("metadata-endless", "refuses metadata without an end", _endless),
    Probe("metadata-deep", "refuses JSON that is 200 000 arrays deep", _deep),
    Probe("metadata-loop", "refuses metadata that redirect to themselves", _loop),
    Probe("metadata-404", "guesses no endpoint where metadata are missing", partial(_missing, 404)),
    Probe("metadata-503", "guesses no endpoint where they are unavailable", partial(_missing, 503)),
    Probe("no-registration", "guesses no registration endpoint", _no_registration),
    Probe("other-redirect", "refuses a registration of another redirect URI", _other_redirect),
)
