"""The reference says what the code does: nothing is missing, nothing is stale."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from documents.mentions import mentions
from documents.page import ROOT, pages
from keyhole.plugins import Registered
from keyhole_docs import command_line, exits, hooks, options
from keyhole_docs.installed import distributions, plugins, variables

REFERENCE = ROOT / "docs" / "reference"
ENTRIES = {entry.words: entry for entry in command_line.entries()}


def test_no_generated_page_is_stale() -> None:
    """What the generator would write stands there already."""
    # In a process of its own, as `./dev docs` runs it: what other tests left behind counts for
    # nothing.
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_key_of_the_configuration_says_what_it_does() -> None:
    """The last column, which is written by hand, is empty for no key."""
    page = (REFERENCE / "configuration.md").read_text(encoding="utf-8")
    assert options.silent(page) == []


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=lambda entry: " ".join(entry.words))
def test_every_command_and_option_says_what_it_does(entry: command_line.Entry) -> None:
    """Each command has a help text, and so has each of its options."""
    assert entry.command.help
    for parameter in entry.command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert parameter.help, parameter.name


@pytest.mark.parametrize("words", [words for words in ENTRIES if len(words) == 2], ids=" ".join)
def test_every_command_is_in_the_overview(words: tuple[str, ...]) -> None:
    """The hand-written overview names each command."""
    overview = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    assert re.search(rf"`{' '.join(words)}\b", overview)


@pytest.mark.parametrize("hook", hooks.hooks())
def test_every_hook_is_described(hook: str) -> None:
    """The hand-written table has each hook, and a plugin of this repository needs it."""
    assert f"| `{hook}()` |" in (REFERENCE / "hooks.md").read_text(encoding="utf-8")
    modules = ROOT.glob("plugins/*/src/*/__init__.py")
    assert any(f"def {hook}()" in module.read_text(encoding="utf-8") for module in modules)


@pytest.mark.parametrize("source", plugins().sources, ids=lambda it: it.item.name)
def test_every_source_is_in_the_order(source: Registered) -> None:
    """The page about the order has each source of this repository, with its priority."""
    order = (ROOT / "docs" / "explanation" / "order.md").read_text(encoding="utf-8")
    assert f"| {source.item.priority} | `{source.item.name}` |" in order


def test_every_exit_code_is_in_the_overview() -> None:
    """The table of exit codes has each code that an error of keyhole has."""
    overview = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    listed = {
        int(code)
        for cell in re.findall(r"^\| ([\d, ]+) \|", overview, re.MULTILINE)
        for code in cell.split(",")
    }
    assert {error.exit_code for _, error in exits.raised()} <= listed


@pytest.mark.parametrize(
    "folder", [folder for _, folder in distributions()], ids=lambda it: it.name
)
def test_every_variable_is_documented(folder: Path) -> None:
    """A variable that a plugin's code names stands on a page that a person wrote."""
    written = [page for page in pages() if page != REFERENCE / "plugins.md"]
    said = "\n".join(page.read_text(encoding="utf-8") for page in written)
    assert [name for name in variables(folder) if name not in said] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_a_command_that_is_mentioned_exists(page: Path) -> None:
    """Each `keyhole …` in the text is a command, and has the options that are mentioned."""
    for words, given in mentions(page):
        entry = _meant(words)
        known = {name for it in entry.command.params for name in (*it.opts, *it.secondary_opts)}
        assert given <= known | {"--help", "-h", "--version"}, " ".join(words)


def _meant(words: tuple[str, ...]) -> command_line.Entry:
    """The command that these words begin with; what follows it are its arguments."""
    length = max(size for size in range(1, len(words) + 1) if words[:size] in ENTRIES)
    entry = ENTRIES[words[:length]]
    assert (
        length == len(words)
        or not isinstance(entry.command, click.Group)
        or entry.command.invoke_without_command
    ), f"there is no command `{' '.join(words)}`"
    return entry
