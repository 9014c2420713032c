"""Which files matter, by their names alone."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import PurePath

from keyhole import Role
from keyhole.settings import Scope

__all__ = ["GLOBS", "NAMES", "is_for_all", "is_template", "role_of", "scope_of"]

_SETTINGS = {"settings.json": Scope.PROJECT, "settings.local.json": Scope.LOCAL}
_PIPELINES = {
    "azure-pipelines.yml",
    "azure-pipelines.yaml",
    "bitbucket-pipelines.yml",
    "Jenkinsfile",
    ".gitlab-ci.yml",
    ".travis.yml",
}
_PIPELINE_FOLDERS = {"workflows": ".github", "actions": ".github"}
_INSTRUCTIONS = {"CLAUDE.md", "CLAUDE.local.md", "AGENTS.md"}
_SCRIPTS = {".sh", ".bash", ".py", ".js", ".mjs", ".ts", ".json", ".yaml", ".yml", ".toml"}
_CLAUDE_FOLDERS = {"agents", "commands", "hooks", "output-styles", "rules", "scripts", "skills"}
_TEMPLATE = re.compile(r"\.(?:example|sample|template|tmpl|schema)\b", re.IGNORECASE)
_DEFAULTS = re.compile(r"\.(?:dist|defaults?)\b", re.IGNORECASE)

NAMES = _PIPELINES | _INSTRUCTIONS | {".mcp.json", ".envrc"}
"""Names that matter wherever they are."""

GLOBS = (
    *(f"**/{name}" for name in sorted(NAMES)),
    "**/.env*",
    "**/*.env",
    "**/.claude/*",
    *(f"**/.claude/{folder}/**" for folder in sorted(_CLAUDE_FOLDERS)),
    "**/.github/workflows/**",
    "**/.github/actions/**",
    "**/.circleci/**",
    "**/.buildkite/**",
)
"""The same as git's pathspecs."""


def role_of(path: PurePath) -> Role | None:
    """What a file is for; None where an audit of a folder passes it over.

    Args:
        path: Its whole path.
    """
    name = path.name
    if path.parent.name == ".claude" and name in _SETTINGS:
        return Role.SETTINGS
    if name == ".mcp.json":
        return Role.MCP
    if name.startswith(".env") or name.endswith(".env"):
        return Role.DOTENV
    if _is_pipeline(path):
        return Role.PIPELINE
    if name in _INSTRUCTIONS or (_is_claudes(path) and path.suffix == ".md"):
        return Role.INSTRUCTIONS
    return Role.SCRIPT if _is_claudes(path) and path.suffix in _SCRIPTS else None


def scope_of(path: PurePath, role: Role) -> Scope | None:
    """Whose settings a file in a repository holds."""
    return _SETTINGS.get(path.name) if role is Role.SETTINGS else None


def is_template(path: PurePath) -> bool:
    """Whether a file shows what another one is to look like: `.env.example`."""
    return _TEMPLATE.search(path.name) is not None


def is_for_all(path: PurePath) -> bool:
    """Whether a file is meant to be shared: a template, or the defaults that programs load."""
    return is_template(path) or _DEFAULTS.search(path.name) is not None


def _is_claudes(path: PurePath) -> bool:
    """Whether Claude Code reads it; it keeps whole work trees below `.claude`, too."""
    folders = path.parts[:-1]
    if ".claude" not in folders:
        return False
    below = folders[len(folders) - folders[::-1].index(".claude") :]
    return not below or below[0] in _CLAUDE_FOLDERS


def _is_pipeline(path: PurePath) -> bool:
    if path.name in _PIPELINES:
        return True
    if path.suffix not in (".yml", ".yaml"):
        return False
    folders = path.parts[:-1]
    if folders and folders[-1] in (".circleci", ".buildkite"):
        return True
    return any(
        parent == ".github" and folder in _PIPELINE_FOLDERS for parent, folder in pairwise(folders)
    )
