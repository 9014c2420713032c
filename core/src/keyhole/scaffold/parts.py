"""What a plugin may bring, as data: the hook, and the files that go with it."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

__all__ = ["ALWAYS", "PARTS", "Part"]

ALWAYS: Mapping[str, str] = {
    ".github/workflows/ci.yml": "ci.yml",
    ".gitignore": "gitignore",
    "README.md": "README.md",
    "pyproject.toml": "pyproject.toml",
    "src/$module/__init__.py": "init.py",
    "src/$module/py.typed": "py.typed",
    "tests/test_plugin.py": "test_plugin.py",
}
"""The files of every plugin, each with its template."""


@attrs.frozen
class Part:
    """Something that a plugin brings to keyhole.

    Attributes:
        name: What it is called on the command line: "source".
        article: The same in a sentence.
        hook: What it is brought by.
        imports: What its hook needs of `keyhole`.
        collected: Where keyhole then lists it: an attribute of `keyhole.plugins.Plugins`.
        files: Its files, each with its template.
        dependencies: What it needs beside keyhole-core.
    """

    name: str
    article: str
    hook: str
    imports: tuple[str, ...]
    collected: str
    files: Mapping[str, str]
    dependencies: tuple[str, ...] = ()

    @property
    def body(self) -> str:
        """The template of its hook."""
        return f"{self.name}_hook.py"

    @property
    def section(self) -> str:
        """The template of its section in the README."""
        return f"{self.name}_readme.md"


PARTS: tuple[Part, ...] = (
    Part(
        "source",
        "a credential source",
        "keyhole_credential_sources",
        ("CredentialSource", "hookimpl"),
        "sources",
        {"src/$module/source.py": "source.py", "tests/test_source.py": "test_source.py"},
    ),
    Part(
        "store",
        "a token store",
        "keyhole_token_stores",
        ("Machine", "StoreFactory", "TokenStore", "hookimpl"),
        "stores",
        {"src/$module/store.py": "store.py", "tests/test_store.py": "test_store.py"},
    ),
    Part(
        "command",
        "a command",
        "keyhole_commands",
        ("Command", "hookimpl"),
        "commands",
        {"src/$module/cli.py": "cli.py", "tests/test_cli.py": "test_cli.py"},
        dependencies=("click >= 8.1",),
    ),
)
"""In the order in which they stand in what is written."""
