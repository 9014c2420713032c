"""What a block that is read, and not run, must hold."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # comes with myst-parser

from documents.blocks import Block
from keyhole.config import load as load_config
from keyhole.files import MemoryFiles
from keyhole.plugins import load
from keyhole_docs.diagrams import drawn

__all__ = ["READERS"]

_TARGET = re.compile(r"\w+(\.\w+)*(:\w+)?")
_ACTION = re.compile(r"[\w.-]+/[\w./-]+@\S+")


def _toml(block: Block) -> None:
    """The configuration of keyhole configuration, unless its first line names another file."""
    if block.file and not block.file.endswith("keyhole/config.toml"):
        _other_toml(block.file, tomllib.loads(block.text))
        return
    config = load_config(MemoryFiles({Path("/page.toml"): block.text}), Path("/page.toml"))
    options = [registered.item for registered in load(config).options]
    assert config.check(options) == (), "a table that no plugin reads"


def _other_toml(file: str, table: Mapping[str, Any]) -> None:
    if file == "pyproject.toml":
        for group, offered in table["project"]["entry-points"].items():
            assert group.startswith("keyhole"), group
            assert all(_TARGET.fullmatch(target) for target in offered.values()), offered
        return
    assert file == ".keyhole-audit.toml", f"nobody knows the file {file}"
    for exception in table["exception"]:
        assert exception["reason"], "an exception without a reason"


def _json(block: Block) -> None:
    json.loads(block.text)


def _yaml(block: Block) -> None:
    document = yaml.safe_load(block.text)
    for job in document.get("jobs", {}).values():
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), step
            assert "uses" not in step or _ACTION.fullmatch(step["uses"]), step


def _mermaid(block: Block) -> None:
    try:
        drawn(block.text)
    except ValueError as error:
        raise AssertionError(error) from error


READERS: Mapping[str, Callable[[Block], None]] = {
    "toml": _toml,
    "json": _json,
    "yaml": _yaml,
    "mermaid": _mermaid,
}
"""By language."""
