r"""Secrets that can be told by their shape.

Most shapes are those of detect-secrets (https://github.com/Yelp/detect-secrets), which is imported
only where a text has something that one of them could match: importing it costs more than all the
rest of an audit. `_OWN` has what it lacks, each from the vendor's own documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from keyhole import Secret
from keyhole_audit.find.hit import Hit, apart
from keyhole_audit.find.placeholder import is_placeholder

if TYPE_CHECKING:
    from detect_secrets.plugins.base import RegexBasedDetector

__all__ = ["IN_URL", "shaped"]

IN_URL = "a password in a URL"
"""The one kind whose place has a shape and whose value may be any word."""

_WINDOW = 8192
_OVERLAP = 4096

_OWN = {
    "an Anthropic API key": r"sk-ant-api\d\d-[\w-]{20,}",
    "an Anthropic admin key": r"sk-ant-admin\d\d-[\w-]{20,}",
    "a Claude OAuth token": r"sk-ant-oat\d\d-[\w-]{20,}",
    "a Claude refresh token": r"sk-ant-ort\d\d-[\w-]{20,}",
    "a Claude session key": r"sk-ant-sid\d\d-[\w-]{20,}",
    "an OpenAI key": r"sk-(?:proj|svcacct|admin)-[\w-]{20,}",
    "an OpenRouter key": r"sk-or-v1-[0-9a-f]{40,}",
    "a Google API key": r"AIza[\w-]{35}",
    "a Google client secret": r"GOCSPX-[\w-]{20,}",
    "a Google access token": r"ya29\.[\w-]{20,}",
    "a Google refresh token": r"(?<![\w:/])1//0[\w-]{30,}",
    "a GitHub token": r"github_pat_\w{36,}",
    "a Slack token": r"xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{20,}|xox[abeoprs](?:\.xox[bp])?-[\w-]{20,}",
    "a Microsoft Entra client secret": r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])",
    "an Amazon Bedrock API key": r"ABSK[\w+/=]{80,}|bedrock-api-key-[\w+/=]{40,}",
    "a Vault token": r"\bhv[sbr]\.[\w-]{20,}",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}",
    "a Notion token": r"\bntn_[A-Za-z0-9]{40,}|\bsecret_[A-Za-z0-9]{43}\b",
    "a Linear key": r"\blin_api_[A-Za-z0-9]{32,}",
    "an npm token": r"\bnpm_[A-Za-z0-9]{36}",
    "a Databricks token": r"\bdapi[a-f0-9]{32}",
    "a Sentry token": r"\bsntry[su]_[\w=+/-]{40,}",
    "a Grafana token": r"\bglsa_[A-Za-z0-9]{32}_[a-f0-9]{8}",
    "a DigitalOcean token": r"\bdo[opr]_v1_[a-f0-9]{64}",
    "an Atlassian token": r"\bATATT3[\w=-]{60,}",
    "a Figma token": r"\bfig[du]_[\w-]{40,}",
    "a Supabase key": r"\bsbp_[a-f0-9]{40}|\bsb_secret_[\w-]{20,}",
    "a Tailscale key": r"\btskey-[a-z]+-[\w-]{20,}",
    "a Doppler token": r"\bdp\.(?:pt|st|ct|sa)\.[\w.-]{30,}",
    # RFC 7515, section 3.1: the library's shape leaves the signature out.
    "a JSON Web Token": r"\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]*",
    # RFC 7468, section 10; the key follows, or the text is the first line of one.
    "a private key": (
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:[\w+/=\s\\]{40,}|\s*\Z)"
    ),
}
_SHAPES = {kind: re.compile(pattern, re.ASCII) for kind, pattern in _OWN.items()}
_OWN_BEGIN = re.compile(
    r"sk-|AIza|GOCSPX-|ya29\.|1//0|github_pat_|xapp-|xox|\dQ~|ABSK|bedrock-api-key-|hv[sbr]\."
    r"|hf_|ntn_|secret_|lin_api_|npm_|dapi|sntry|glsa_|do[opr]_v1_|ATATT3|fig[du]_|sbp_"
    r"|tskey-|dp\.[psc]|eyJ|PRIVATE KEY"
)

# The kind, where the detector is, and what a text must have before it is worth importing.
_LIBRARY = (
    ("an AWS access key", "aws:AWSKeyDetector", r"A3T|ABIA|ACCA|AKIA|ASIA"),
    ("an Azure storage key", "azure_storage_key:AzureStorageKeyDetector", r"AccountKey="),
    ("a GitHub token", "github_token:GitHubTokenDetector", r"gh[pousr]_"),
    ("a GitLab token", "gitlab_token:GitLabTokenDetector", r"gl[a-z]{2,5}-|GR1348941"),
    ("a Slack webhook", "slack:SlackDetector", r"(?i:hooks\.slack\.com)"),
    ("an OpenAI key", "openai:OpenAIDetector", r"T3BlbkFJ"),
    ("a Stripe key", "stripe:StripeDetector", r"[rs]k_live_"),
    ("a PyPI token", "pypi_token:PypiTokenDetector", r"pypi-"),
    ("a SendGrid key", "sendgrid:SendGridDetector", r"SG\."),
    ("a Square secret", "square_oauth:SquareOAuthDetector", r"sq0csp-"),
    ("a Discord token", "discord:DiscordBotTokenDetector", r"[MNO][\w-]{23,25}\.[\w-]{6}\."),
    (IN_URL, "basic_auth:BasicAuthDetector", r"://[^\s/:@]+:[^\s/@]+@"),
)
_LIBRARY_BEGIN = [(kind, target, re.compile(begin)) for kind, target, begin in _LIBRARY]

# Nobody else reaches what a password of this machine's own database opens. The first of several
# hosts says nothing of the others.
_LOOPBACK = re.compile(r"(?i)(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?![\w.-]|(?::\d+)?,)")


def shaped(text: str) -> list[Hit]:
    """Everything in a text that has a secret's shape and is no placeholder."""
    found: list[Hit] = []
    # Some of the library's patterns are quadratic on hostile texts, so they get short ones.
    for offset in range(0, max(len(text) - _OVERLAP, 1), _WINDOW - _OVERLAP):
        window = text[offset : offset + _WINDOW]
        found += [Hit(kind, Secret(match), at + offset) for kind, match, at in _matches(window)]
    return apart([hit for hit in found if not is_placeholder(hit.secret.reveal())])


def _matches(text: str) -> Iterator[tuple[str, str, int]]:
    if _OWN_BEGIN.search(text):
        for kind, shape in _SHAPES.items():
            for match in shape.finditer(text):
                yield kind, match.group(), match.start()
    for kind, target, begin in _LIBRARY_BEGIN:
        if begin.search(text):
            for shape in _detector(target).denylist:
                for match in shape.finditer(text):
                    if kind == IN_URL and _LOOPBACK.match(text, match.end()):
                        continue
                    spot = match.span(_group_of_secret(match))
                    yield kind, text[slice(*spot)], spot[0]


def _group_of_secret(match: re.Match[str]) -> int:
    """A group that runs to the end is the secret itself; one at the beginning is its prefix."""
    last = match.lastindex or 0
    return last if match.end(last) >= match.end() - 1 else 0


@cache
def _detector(target: str) -> RegexBasedDetector:
    module, _, name = target.partition(":")
    detector: RegexBasedDetector = getattr(
        import_module(f"detect_secrets.plugins.{module}"), name
    )()
    return detector
