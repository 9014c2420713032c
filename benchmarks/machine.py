"""The machine and the versions, without a name that belongs to anybody."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_BESIDE = (
    "anthropic",
    "azure-identity",
    "botocore",
    "click",
    "google-auth",
    "httpx2",
    "keyring",
    "mcp",
)


def described() -> str:
    """One sentence."""
    used = [f"{name} {found}" for name in ("keyhole-core", *_BESIDE) if (found := _version(name))]
    return (
        f"{os.cpu_count()} cores of {_processor()}, {platform.system()} {platform.release()}, "
        f"{platform.python_implementation()} {platform.python_version()}; {', '.join(used)}."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
