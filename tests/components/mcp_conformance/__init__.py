"""The official conformance suite of MCP: npm `@modelcontextprotocol/conformance`, for clients.

The suite starts an MCP server and its authorization server on loopback, and then runs
`CLIENT URL`, through a shell, with these variables:

| variable | holds |
|---|---|
| `MCP_CONFORMANCE_SCENARIO` | the scenario's name |
| `MCP_CONFORMANCE_PROTOCOL_VERSION` | the wire: up to `2025-11-25` begins with `initialize`, `2026-07-28` is stateless; the older release sets none and means `2025-11-25` |
| `MCP_CONFORMANCE_CONTEXT` | JSON with `name` and what the table below says; unset in all other scenarios |

| scenario | its context |
|---|---|
| `auth/pre-registration` | `client_id`, `client_secret`, `issuer` (the newer release alone) |
| `auth/client-credentials-basic` | `client_id`, `client_secret` |
| `auth/client-credentials-jwt` | `client_id`, `private_key_pem` (PKCS #8), `signing_algorithm` ("ES256"); the assertion's `aud` must be the issuer |
| `auth/enterprise-managed-authorization`, in the older release `auth/cross-app-access-complete-flow` | `client_id`, `client_secret` (Basic, at the MCP server's authorization server), `idp_client_id`, `idp_id_token` (the subject token), `idp_issuer`, `idp_token_endpoint`; the identity provider wants `audience` (the issuer of the MCP server's) and `resource` |
| `auth/wif-jwt-bearer` | `client_id`, `valid_jwt` (the assertion, for the issuer), `wrong_audience_jwt`, `expired_jwt`; a client that passes sends the valid one alone, and names no client |
| `auth/dpop`, `auth/dpop-nonce` | none: the challenge is of the scheme `DPoP`, the metadata say `dpop_signing_alg_values_supported`, and the tokens' type is `DPoP` |

A client signs in, lists the tools, calls `test-tool` and ends with 0; it need not where the
scenario is about a refusal. Nobody is there to click: the authorization endpoint answers 302 to the
redirect URI at once. The client id that is a URL is `CLIENT_METADATA_URL`; nobody fetches it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from components.node import installed, node

__all__ = [
    "CLIENT_METADATA_URL",
    "NEWER",
    "OLDER",
    "Check",
    "Outcome",
    "Report",
    "conformance",
    "listed",
]

_HERE = Path(__file__).parent
NEWER = _HERE / "conformance_2026"
"""0.2.0-alpha.12: knows the revision 2026-07-28, and the frozen requirements of each."""
OLDER = _HERE / "conformance_2025"
"""0.1.16: the newest that is no preview."""
CLIENT_METADATA_URL = "https://conformance-test.local/client-metadata.json"

_MAIN = Path("node_modules", "@modelcontextprotocol", "conformance", "dist", "index.js")
_CLIENT_SECONDS = 120
"""Far above what a client needs: a suite starts all of its scenarios at once."""


@attrs.frozen
class Check:
    """What the suite looked at.

    Attributes:
        id: Its name: "sep-1932-client-fresh-proof".
        status: "SUCCESS", "FAILURE", "WARNING" or "INFO".
        said: What it is about, and what went wrong.
    """

    id: str
    status: str
    said: str


@attrs.frozen
class Outcome:
    """What came of one scenario.

    Attributes:
        checks: All that was looked at, in order.
        stdout: What the client printed.
        stderr: The same on its standard error.
    """

    checks: tuple[Check, ...]
    stdout: str
    stderr: str

    @property
    def problems(self) -> tuple[Check, ...]:
        """What failed; a warning counts, as it does for the suite."""
        return tuple(check for check in self.checks if check.status in ("FAILURE", "WARNING"))

    @property
    def passed(self) -> bool:
        """Whether something was checked, and nothing failed."""
        return not self.problems and any(check.status == "SUCCESS" for check in self.checks)


@attrs.frozen
class Report:
    """What came of a run.

    Attributes:
        outcomes: By the scenario's name.
        conforms: What the suite itself concludes. For one scenario that includes how the client
            ended and whether it did so in time; for requirements it leaves out what is not scored.
        said: All that it printed.
    """

    outcomes: Mapping[str, Outcome]
    conforms: bool
    said: str

    @property
    def failed(self) -> Mapping[str, tuple[Check, ...]]:
        """The problems of each scenario that did not pass."""
        return {name: one.problems for name, one in self.outcomes.items() if not one.passed}


def conformance(
    client: Sequence[str],
    folder: Path,
    *,
    scenario: str = "",
    suite: str = "",
    requirements: str = "",
    version: str = "",
    release: Path = NEWER,
    environ: Mapping[str, str] | None = None,
) -> Report:
    """Runs scenarios against a client: one, a suite of them, or what a revision requires.

    Args:
        client: The client's command; the server's URL is put behind it.
        folder: An empty folder for what the suite writes.
        scenario: The name of one: "auth/dpop".
        suite: "auth", "core", "extensions", "backcompat", "metadata", "draft" or "all".
        requirements: A revision, whose frozen requirements are run: "2026-07-28"; `NEWER` alone.
        version: The revision that is spoken, where a scenario or suite exists in several.
        release: `NEWER` or `OLDER`.
        environ: Variables for the client beside this process's own.
    """
    asked = {
        "--scenario": scenario,
        "--suite": suite,
        "--requirements": requirements,
        "--spec-version": version,
    }
    chosen = [word for name, value in asked.items() if value for word in (name, value)]
    command = [str(node()), str(installed(release) / _MAIN), "client"]
    command += ["--command", shlex.join(client), *chosen, "-o", str(folder)]
    done = subprocess.run(
        [*command, "--timeout", str(_CLIENT_SECONDS * 1000)],
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    outcomes = dict(_outcomes(folder))
    assert outcomes, f"the suite ran nothing: {said[-2000:]}"
    return Report(outcomes, done.returncode == 0, said)


def listed(*, requirements: str = "", release: Path = NEWER) -> set[str]:
    """The scenarios about authentication that there are for a client.

    Args:
        requirements: A revision, for what it requires and what exists beside that; `NEWER` alone.
        release: `NEWER` or `OLDER`.
    """
    chosen = ["--requirements", requirements] if requirements else ["--client"]
    command = [str(node()), str(installed(release) / _MAIN), "list", *chosen]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^ +- (auth/[\w-]+)", said, re.MULTILINE))


def _outcomes(folder: Path) -> Iterator[tuple[str, Outcome]]:
    """Each scenario that was run, with its name: its folder's, without the moment."""
    for found in sorted(folder.rglob("checks.json")):
        name = re.sub(r"-\d{4}-\d\d-\d\dT[\d-]+Z$", "", str(found.parent.relative_to(folder)))
        stdout, stderr = (
            (found.parent / f"{part}.txt").read_text() for part in ("stdout", "stderr")
        )
        checks = tuple(_check(one) for one in json.loads(found.read_text()))
        yield name, Outcome(checks, stdout, stderr)


def _check(fields: Mapping[str, str]) -> Check:
    said = (fields.get("description", ""), fields.get("errorMessage", ""))
    return Check(fields["id"], fields["status"], ": ".join(part for part in said if part))
