"""The variables of a program that is started on a machine."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given

from keyhole.machine import Machine
from keyhole.testing import fake_machine
from keyhole.testing.strategies import machines

USER = ".claude/settings.json"
PROJECT = "project/.claude/settings.json"


def test_env_blocks_count_as_they_do_for_a_variable() -> None:
    """The strongest trusted block wins over the shell, and `""` takes a variable away."""
    machine = fake_machine(
        {"A": "shell", "B": "shell", "C": "shell", "EMPTY": ""},
        {
            USER: {"env": {"A": "user", "B": "", "D": 5}},
            PROJECT: {"env": {"A": "project", "C": "project", "E": "project"}},
        },
        settings={"env": {"D": "flag"}},
    )
    assert machine.environment() == {"A": "user", "C": "shell", "D": "flag", "EMPTY": ""}


def test_a_trusted_project_counts() -> None:
    """Once the folder is trusted, its block is applied over the user's."""
    files = {USER: {"env": {"A": "user"}}, PROJECT: {"env": {"A": "project"}}}
    assert fake_machine({}, files, trusted=True).environment() == {"A": "project"}


def test_a_stronger_block_takes_a_weaker_ones_value_away() -> None:
    """`""` in the strongest block wins over a text in a weaker one."""
    machine = fake_machine({}, {USER: {"env": {"A": "user"}}}, settings={"env": {"A": ""}})
    assert machine.environment() == {}


def test_what_the_host_manages_is_not_replaced() -> None:
    """Where the host manages the provider, no block sets a credential."""
    environ = {"CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST": "1", "ANTHROPIC_API_KEY": "fake-shell"}
    files = {USER: {"env": {"ANTHROPIC_API_KEY": "fake-user", "A": "user"}}}
    assert fake_machine(environ, files).environment() == environ | {"A": "user"}


@given(machines())
def test_it_agrees_with_the_variables(machine: Machine) -> None:
    """Each variable has the value that it has by itself, but for surrounding white space."""
    for name, text in machine.environment().items():
        assert machine.variable(name).text == text.strip()


def test_every_environment_can_be_handed_to_a_program() -> None:
    """What no system can hand over (NUL, "=" in a name, half a character) is left out."""
    block = {"A": "\0", "B\0": "x", "C=D": "x", "": "x", "E": "\ud800", "F": "\udcff", "G": "é"}
    environ = fake_machine({}, {USER: {"env": block}}).environment()
    assert set(environ) == {"F", "G"}
    assert subprocess.call([sys.executable, "-c", ""], env=environ) == 0
