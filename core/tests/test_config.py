"""keyhole's own configuration: what it holds, and how a mistake in it is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keyhole.config import Config, load
from keyhole.errors import ConfigError
from keyhole.files import MemoryFiles, RealFiles
from keyhole.option import Option

USER = Path("/home/ada/.config/keyhole/config.toml")
ADMINISTRATOR = Path("/etc/keyhole/config.toml")


def _load(user: str, administrator: str | None = None) -> Config:
    contents = {USER: user}
    if administrator is not None:
        contents[ADMINISTRATOR] = administrator
    return load(MemoryFiles(contents), USER, ADMINISTRATOR)


def test_without_a_file_the_defaults_hold() -> None:
    """Missing files are no problem."""
    assert load(MemoryFiles({}), USER, ADMINISTRATOR) == Config()


def test_every_key_is_read() -> None:
    """A file with all keys gives what it says."""
    config = _load(
        """
        order = "anthropic-sdk"
        [priority]
        vault = 850
        api-key = -1
        [plugins]
        allow = ["environment", "keyhole-vault"]
        block = ["acme"]
        [trust]
        claude_code = false
        [expect]
        billing = "aws"
        source = "bedrock"
        [subscription]
        use = "any"
        """
    )
    assert config.order == "anthropic-sdk"
    assert config.priority == {"vault": 850, "api-key": -1}
    assert config.allow == frozenset({"environment", "keyhole-vault"})
    assert config.block == frozenset({"acme"})
    assert (config.expect_billing, config.expect_source) == ("aws", "bedrock")
    assert config.subscription_use == "any"
    assert not config.trust_claude_code


def test_the_later_file_wins_key_by_key() -> None:
    """The administrator's file replaces single keys of the user's, not the whole of it."""
    config = _load(
        'order = "anthropic-sdk"\n[priority]\na = 1\nb = 2',
        "[priority]\nb = 3\n[trust]\nclaude_code = false",
    )
    assert config.order == "anthropic-sdk"
    assert config.priority == {"a": 1, "b": 3}
    assert not config.trust_claude_code


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('\norder = "none-such"', 2, "'order' must be one of"),
        ("order = 3", 1, "'order' must be one of"),
        ('[priority]\n\nvault = "850"', 3, "'priority.vault' must be an integer"),
        ("[priority]\nvault = true", 2, "'priority.vault' must be an integer"),
        ("[priority]\nvault = 8.5", 2, "'priority.vault' must be an integer"),
        ("priority.vault = 8.5", 1, "'priority.vault' must be an integer"),
        ('[plugins]\nallow = "acme"', 2, "'plugins.allow' must be a list of plugin names"),
        ("[plugins]\nblock = [1]", 2, "'plugins.block' must be a list of plugin names"),
        ("[trust]\nclaude_code = 1", 2, "'trust.claude_code' must be true or false"),
        ('[expect]\nbilling = "nobody"', 2, "'expect.billing' must be one of"),
        ('[expect]\nsource = ""', 2, "'expect.source' must be the name of a source"),
        ("[subscription]\nuse = 1", 2, "'subscription.use' must be"),
        ("colour = 1", 1, "there is no key 'colour'"),
        ("[plugins]\n# allow = 1\nallowed = []", 3, "there is no key 'plugins.allowed'"),
        ("priority = 3", 1, "there is no key 'priority'"),
        ('# first\u2028still first\norder = "x"', 2, "'order' must be one of"),
    ],
)
def test_a_mistake_is_said_with_its_line(text: str, line: int, problem: str) -> None:
    """A wrong key or value is an error that names file, line, key and what is allowed."""
    with pytest.raises(ConfigError) as caught:
        _load(text)
    assert caught.value.where == f"{USER}:{line}"
    assert caught.value.problem.startswith(problem)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "text", ["order =", "order = 'a'\norder = 'b'", "[plugins", "a = " + "[" * 5000, "\x00"]
)
def test_what_is_no_toml_is_said(text: str) -> None:
    """A file that is no TOML is an error with the file."""
    with pytest.raises(ConfigError) as caught:
        _load(text)
    assert caught.value.where == str(USER)
    assert caught.value.problem.startswith("not valid TOML")


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    """A configuration that is there and can't be read is never taken for none."""
    with pytest.raises(ConfigError, match="the file is not a regular file"):
        load(RealFiles(), tmp_path)


@pytest.mark.parametrize(
    "text", ['order = "x"', 'colour = "canary-fake"', '"canary" = "canary-fake" x']
)
def test_an_error_repeats_no_value(text: str) -> None:
    """The error names the key and not what stands there."""
    with pytest.raises(ConfigError) as caught:
        _load(text)
    assert "canary-fake" not in str(caught.value)


toml = st.text("abc[]{}=\"'\n.#0123456789-_: ", max_size=40) | st.lists(
    st.sampled_from(
        [
            "[priority]",
            "[plugins]",
            'order = "claude-code"',
            "a = 1",
            "allow = []",
            "x.y.z = {}",
            "[[a]]",
        ]
    )
).map("\n".join)


@given(st.text() | toml)
@example("a = " + "1" * 5000)
@example("a = 0x" + "f" * 5000)
@example("a = 1979-13-41")
@example('"" = {}')
@example('"priority." = 1')
@example("priority = {a = {b = 1}}")
def test_any_text_is_a_configuration_or_a_config_error(text: str) -> None:
    """No text makes the loader raise anything but a `ConfigError`."""
    assert isinstance(_loaded_or_error(text), Config | ConfigError)


def _loaded_or_error(text: str) -> Config | ConfigError:
    try:
        return _load(text)
    except ConfigError as error:
        return error


REGION = Option("acme.region", "a text", lambda value: str(value) if value else None, "eu")


def test_a_plugins_key_is_read_by_its_option() -> None:
    """A plugin gets what the file says, as its option converts it, else the default."""
    assert _load("[acme]\nregion = 3").get(REGION) == "3"
    assert _load("").get(REGION) == "eu"
    assert _load("[acme]\nregion = 3").check([REGION]) == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[acme]\nregion = ""', "'acme.region' must be a text"),
        ("[acme]\nregoin = 1", "there is no key 'acme.regoin' (did you mean acme.region?)"),
    ],
)
def test_a_mistake_in_a_plugins_table_is_said(text: str, problem: str) -> None:
    """A table that an installed plugin reads is checked like keyhole's own."""
    with pytest.raises(ConfigError) as caught:
        _load(text).check([REGION])
    assert (caught.value.where, caught.value.problem) == (f"{USER}:2", problem)


def test_an_option_that_raises_is_an_error_about_its_key() -> None:
    """A plugin whose conversion chokes on a value has refused it."""
    option = Option("acme.count", "an integer", lambda value: int(str(value)))
    with pytest.raises(ConfigError, match=r"'acme.count' must be an integer"):
        _load('[acme]\ncount = "many"').check([option])


def test_a_table_that_nobody_reads_is_a_warning() -> None:
    """The table of a plugin that is not installed does no harm and is said, once."""
    (warning,) = _load("[amce]\nregion = 1\nother = 2").check([REGION])
    assert warning == f"{USER}:2: no installed plugin reads [amce] (did you mean acme?)."


@pytest.mark.parametrize(
    ("config", "admitted"),
    [
        (Config(), True),
        (Config(allow=frozenset({"acme"})), True),
        (Config(allow=frozenset({"keyhole-acme"})), True),
        (Config(allow=frozenset()), False),
        (Config(allow=frozenset({"other"})), False),
        (Config(block=frozenset({"acme"})), False),
        (Config(block=frozenset({"keyhole-acme"})), False),
        (Config(allow=frozenset({"acme"}), block=frozenset({"keyhole-acme"})), False),
        (Config(block=frozenset({"other"})), True),
    ],
)
def test_a_plugin_is_admitted_by_either_name(config: Config, *, admitted: bool) -> None:
    """The entry point's and the distribution's name both count; a block beats an allowance."""
    assert config.admits("acme", "keyhole-acme") is admitted
