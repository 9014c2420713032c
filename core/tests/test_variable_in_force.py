"""Variables and settings as they are in force, after every layer had its say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.claude_code import HOST_MANAGED
from keyhole.errors import UsageError
from keyhole.machine import Machine
from keyhole.testing import HOME, fake_machine
from keyhole.testing.strategies import machines, tokens

USER = ".claude/settings.json"
PROJECT = "project/.claude/settings.json"
LOCAL = "project/.claude/settings.local.json"
MANAGED = "/etc/claude-code/managed-settings.json"
DROP_IN = "/etc/claude-code/managed-settings.d/{}.json"
BY_HOST = "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST"


def _env(**variables: Any) -> dict[str, Any]:
    return {"env": variables}


# Where a variable's value comes from


def test_an_unset_variable_has_no_value() -> None:
    """What nobody sets has no value and no place."""
    variable = fake_machine().variable("A")
    assert (variable.value, variable.where, variable.blank) == (None, None, False)
    assert variable.absence == "A is not set"


def test_the_shell_sets_a_variable() -> None:
    """Without settings, the process's own variable counts."""
    variable = fake_machine({"A": "shell"}).variable("A")
    assert variable.text == "shell"
    assert str(variable.where) == "A in the environment"


LAYERS = {
    "shell": "the environment",
    USER: str(HOME / USER),
    PROJECT: str(HOME / PROJECT),
    LOCAL: str(HOME / LOCAL),
    "--settings": "--settings",
    MANAGED: MANAGED,
    DROP_IN.format("10"): DROP_IN.format("10"),
    DROP_IN.format("20"): DROP_IN.format("20"),
}


@given(st.sets(st.sampled_from(list(LAYERS)), min_size=1))
def test_the_strongest_layer_wins(present: set[str]) -> None:
    """drop-ins > managed > --settings > local > project > user > shell, whichever are there."""
    machine = fake_machine(
        {"A": "shell"} if "shell" in present else {},
        {name: _env(A=name) for name in present - {"shell", "--settings"}},
        settings=_env(A="--settings") if "--settings" in present else None,
        trusted=True,
    )
    strongest = [name for name in LAYERS if name in present][-1]
    variable = machine.variable("A")
    assert variable.text == strongest
    assert variable.where is not None
    assert variable.where.place == LAYERS[strongest]
    assert variable.passed_over == ()


def test_env_blocks_merge_key_by_key() -> None:
    """A stronger `env` block hides only the variables that it names."""
    machine = fake_machine(
        {"C": "shell"}, {MANAGED: _env(A="managed"), USER: _env(A="user", B="user")}
    )
    assert [machine.variable(name).text for name in "ABC"] == ["managed", "user", "shell"]


def test_an_empty_text_cancels_the_shell() -> None:
    """`""` in an `env` block unsets the variable, and that place is named."""
    variable = fake_machine({"A": "shell"}, {USER: _env(A="")}).variable("A")
    assert variable.value is None
    assert not variable.blank
    assert variable.absence == f"{HOME / USER}:1 (env.A) is empty, which counts as unset"


@pytest.mark.parametrize("blank", [" ", "\t\n", "\u00a0"])
def test_white_space_counts_as_unset(blank: str) -> None:
    """A variable of only white space has no value, and is said to be blank."""
    variable = fake_machine({"A": blank}).variable("A")
    assert variable.value is None
    assert variable.blank
    assert variable.absence == "A in the environment is only white space, which counts as unset"


@given(tokens, st.text(" \t\r\n"), st.text(" \t\r\n"))
def test_padding_is_trimmed(token: str, before: str, after: str) -> None:
    """White space around a value is not part of it."""
    assert fake_machine({"A": before + token + after}).variable("A").text == token


@pytest.mark.parametrize(("value", "on"), [(True, True), (1, True), (False, False), (0, False)])
def test_a_flag_may_be_a_number_or_a_truth_value(value: object, *, on: bool) -> None:
    """Numbers and truth values in an `env` block switch a flag as their text would."""
    machine = fake_machine(files={USER: _env(CLAUDE_CODE_USE_BEDROCK=value)})
    assert machine.variable("CLAUDE_CODE_USE_BEDROCK").on is on


@pytest.mark.parametrize("text", ["1", "true", "YES", " On "])
def test_the_words_for_yes(text: str) -> None:
    """1, true, yes and on switch a flag on, in any case, padded or not."""
    assert fake_machine({"A": text}).variable("A").on


@pytest.mark.parametrize("text", ["", "0", "2", "no", "anything", " "])
def test_everything_else_is_no(text: str) -> None:
    """Any other text leaves a flag off."""
    assert not fake_machine({"A": text}).variable("A").on


# Trust


@pytest.mark.parametrize("name", [PROJECT, LOCAL])
def test_an_untrusted_folder_chooses_nothing(name: str) -> None:
    """What the settings of an untrusted folder say is passed over, and the next layer counts."""
    variable = fake_machine({"A": "shell"}, {name: _env(A="clone")}).variable("A")
    assert variable.text == "shell"
    (over,) = variable.passed_over
    assert over.where.place == str(HOME / name)
    assert over.why.reason == "the folder is not trusted"


def test_a_weaker_untrusted_layer_is_not_mentioned() -> None:
    """What would have lost anyway is no news."""
    machine = fake_machine(files={MANAGED: _env(A="managed"), PROJECT: _env(A="clone")})
    assert machine.variable("A").passed_over == ()


def test_an_untrusted_folder_cancels_nothing() -> None:
    """`""` in an untrusted folder does not unset a variable."""
    assert fake_machine({"A": "shell"}, {PROJECT: _env(A="")}).variable("A").text == "shell"


# The host's own choice


@pytest.mark.parametrize("name", sorted(HOST_MANAGED))
def test_a_host_that_manages_the_provider_is_not_overruled(name: str) -> None:
    """With the host's flag on, no settings file sets a provider, an endpoint or a credential."""
    machine = fake_machine({BY_HOST: "1", name: "shell"}, {MANAGED: _env(**{name: "settings"})})
    variable = machine.variable(name)
    assert variable.text == "shell"
    assert [over.why.reason for over in variable.passed_over] == [f"{BY_HOST} is on"]


def test_other_variables_are_not_the_hosts() -> None:
    """The host's flag leaves a variable alone that chooses no credential."""
    assert fake_machine({BY_HOST: "1"}, {USER: _env(A="settings")}).variable("A").text == "settings"


@pytest.mark.parametrize("flag", ["0", "", "no"])
def test_the_hosts_flag_must_be_on(flag: str) -> None:
    """A flag that is off leaves the settings in charge."""
    machine = fake_machine({BY_HOST: flag}, {USER: _env(ANTHROPIC_API_KEY="settings")})
    assert machine.variable("ANTHROPIC_API_KEY").text == "settings"


def test_settings_cannot_claim_to_be_the_host() -> None:
    """The host's flag counts in the process's own environment alone."""
    machine = fake_machine(files={USER: _env(**{BY_HOST: "1", "ANTHROPIC_API_KEY": "settings"})})
    assert machine.variable("ANTHROPIC_API_KEY").text == "settings"


# Settings


def test_the_strongest_setting_wins() -> None:
    """For a scalar the strongest layer that has it counts."""
    machine = fake_machine(files={MANAGED: {"apiKeyHelper": "m"}, USER: {"apiKeyHelper": "u"}})
    setting = machine.setting("apiKeyHelper")
    assert setting.value is not None
    assert setting.value.reveal() == "m"
    assert setting.layer is not None
    assert setting.layer.document.place == MANAGED


def test_an_empty_setting_switches_it_off() -> None:
    """`""` in a stronger file switches the weaker one's setting off."""
    machine = fake_machine(files={USER: {"apiKeyHelper": "u"}}, settings={"apiKeyHelper": ""})
    setting = machine.setting("apiKeyHelper")
    assert setting.value is None
    assert str(setting.where) == "--settings:1 (apiKeyHelper)"


def test_an_untrusted_folder_names_no_helper() -> None:
    """A clone's setting is passed over, and the user's own counts."""
    machine = fake_machine(files={PROJECT: {"apiKeyHelper": "p"}, USER: {"apiKeyHelper": "u"}})
    setting = machine.setting("apiKeyHelper")
    assert setting.value is not None
    assert setting.value.reveal() == "u"
    assert [over.where.place for over in setting.passed_over] == [str(HOME / PROJECT)]


# Bare mode


def test_bare_mode_takes_settings_from_the_argument_alone() -> None:
    """In bare mode a helper of a settings file is passed over, and that of `--settings` counts."""
    files: dict[str | Path, Any] = {MANAGED: {"apiKeyHelper": "m"}, USER: {"apiKeyHelper": "u"}}
    alone = fake_machine(files=files, bare=True).setting("apiKeyHelper")
    assert alone.value is None
    assert len(alone.passed_over) == 2
    given_one = fake_machine(files=files, bare=True, settings={"apiKeyHelper": "f"})
    value = given_one.setting("apiKeyHelper").value
    assert value is not None
    assert value.reveal() == "f"


def test_bare_mode_still_reads_env_blocks() -> None:
    """The `env` blocks count in bare mode too."""
    assert fake_machine(files={USER: _env(A="user")}, bare=True).variable("A").text == "user"


@pytest.mark.parametrize(("text", "bare"), [("1", True), ("0", False), ("", False)])
def test_a_variable_says_bare_too(text: str, *, bare: bool) -> None:
    """`CLAUDE_CODE_SIMPLE=1` is bare mode, from the shell and from the settings."""
    assert fake_machine({"CLAUDE_CODE_SIMPLE": text}).bare is bare
    assert fake_machine(files={USER: _env(CLAUDE_CODE_SIMPLE=text)}).bare is bare


def test_an_untrusted_folder_does_not_make_it_bare() -> None:
    """A clone can't switch bare mode on."""
    assert not fake_machine(files={PROJECT: _env(CLAUDE_CODE_SIMPLE="1")}).bare


# The argument `--settings`


def test_the_argument_may_name_a_file() -> None:
    """A file is looked up from the start folder, or by its whole path."""
    for name in ("extra.json", str(HOME / "project/extra.json")):
        machine = fake_machine(files={"project/extra.json": _env(A="file")}, settings=name)
        assert machine.variable("A").text == "file"


def test_the_argument_may_name_a_file_in_the_home_folder() -> None:
    """`~` is the home folder of the machine that is looked at."""
    machine = fake_machine(files={"extra.json": _env(A="home")}, settings="~/extra.json")
    assert machine.variable("A").text == "home"


@pytest.mark.parametrize(
    "argument",
    ["", "missing.json", "[1]", "{", '{"a": 1', "a\0b", "~nobody-fake/x.json", "broken.json"],
)
def test_an_argument_that_is_no_settings_is_an_error(argument: str) -> None:
    """What is neither a readable file nor a JSON object is the caller's error."""
    machine = fake_machine(files={"project/broken.json": "{"}, settings=argument)
    with pytest.raises(UsageError) as caught:
        machine.variable("A")
    assert caught.value.where == "--settings"
    assert caught.value.remedy


def test_an_error_about_the_argument_shows_no_secret() -> None:
    """JSON with a secret in it is not repeated where it is wrong."""
    machine = fake_machine(settings='{"env": {"A": "sk-ant-api03-fake-canary"}')
    with pytest.raises(UsageError) as caught:
        machine.variable("A")
    assert "canary" not in str(caught.value)


# Broken files


@pytest.mark.parametrize("content", ["{", "[]", {"env": "x"}, {"env": {"A": None}}])
def test_a_broken_layer_costs_itself_alone(content: object) -> None:
    """A broken file is named in a warning, and the other layers still count."""
    machine = fake_machine({"A": "shell"}, {MANAGED: content, USER: _env(B="user")})
    assert [machine.variable(name).text for name in "AB"] == ["shell", "user"]
    (warning,) = machine.warnings
    assert warning.startswith(f"{MANAGED} ")


def test_a_broken_state_file_is_said() -> None:
    """A `.claude.json` that can't be read is named in a warning."""
    (warning,) = fake_machine(files={".claude.json": "{"}).warnings
    assert warning.startswith(str(HOME / ".claude.json"))


def test_a_healthy_machine_has_no_warnings() -> None:
    """Nothing is said where nothing is wrong."""
    assert fake_machine({"A": "b"}, {USER: _env(A="c")}, trusted=True).warnings == ()


def test_a_file_that_everyone_can_write_chooses_nothing(tmp_path: Path) -> None:
    """A world-writable settings file is passed over, and a warning says how to mend it."""
    machine = _real(tmp_path, 0o666)
    variable = machine.variable("A")
    assert variable.value is None
    assert [over.why.reason for over in variable.passed_over] == [
        "everyone on this machine can write that file"
    ]
    (warning,) = machine.warnings
    assert f"chmod o-w {tmp_path / USER}" in warning
    assert _real(tmp_path, 0o600).variable("A").text == "user"


def _real(home: Path, mode: int) -> Machine:
    from keyhole.files import RealFiles

    path = home / USER
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(_env(A="user")))
    path.chmod(mode)
    return Machine(environ={}, files=RealFiles(), home=home, cwd=home / "project")


# The machine itself


def test_the_configuration_folder_can_be_moved() -> None:
    """`CLAUDE_CONFIG_DIR` moves the user's settings and the state file."""
    machine = fake_machine(
        {"CLAUDE_CONFIG_DIR": " /srv/claude "},
        {
            "/srv/claude/settings.json": _env(A="moved"),
            "/srv/claude/.claude.json": {"x": 1},
            USER: _env(A="user"),
        },
    )
    assert machine.variable("A").text == "moved"
    assert machine.claude_state.get("x") == 1


def test_settings_do_not_move_the_configuration_folder() -> None:
    """`CLAUDE_CONFIG_DIR` counts in the process's own environment alone."""
    assert (
        fake_machine(files={USER: _env(CLAUDE_CONFIG_DIR="/srv")}).config_folder == HOME / ".claude"
    )


def test_a_file_is_read_once() -> None:
    """The same document is given for the same path."""
    machine = fake_machine(files={"a.json": "{}"})
    assert machine.json(HOME / "a.json") is machine.json(HOME / "a.json")


def test_a_machine_shows_no_secret() -> None:
    """The repr of a machine shows its folders and none of its values."""
    machine = fake_machine({"A": "canary-fake"}, settings='{"env": {"B": "canary-fake"}}')
    assert "canary" not in repr(machine)
    assert "canary" not in repr(machine.variable("A")) + repr(machine.variable("B"))


@given(machines())
def test_every_machine_answers(machine: Machine) -> None:
    """No state of a machine makes a variable, a setting or the warnings raise."""
    for name in ("ANTHROPIC_API_KEY", "CLAUDE_CODE_SIMPLE", "PATH"):
        variable = machine.variable(name)
        assert variable.text == variable.text.strip()
        assert variable.value is None or variable.where is not None
    machine.setting("apiKeyHelper")
    assert all(isinstance(warning, str) for warning in machine.warnings)


# What a program that is started gets


@given(machines())
def test_a_program_gets_the_variables_in_force(machine: Machine) -> None:
    """Each variable that is handed on is the one in force."""
    environ = machine.environment()
    for name in ("ANTHROPIC_API_KEY", "CLAUDE_CODE_SIMPLE", "AWS_REGION"):
        text = machine.variable(name).text
        assert environ.get(name, "").strip() == text or "\0" in text or not text.isascii()


@pytest.mark.parametrize("name", ["", "A=B", "A\0"])
def test_what_is_no_variable_is_not_handed_on(name: str) -> None:
    """A name in an `env` block that no system takes for a variable's is left out."""
    assert fake_machine({"A": "b"}, {USER: _env(**{name: "x"})}).environment() == {"A": "b"}
