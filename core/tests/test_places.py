"""Where keyhole keeps its own files, on each platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyhole.places import config_files, state_folder

HOME = Path("/home/ada")


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({}, "linux", HOME / ".config/keyhole/config.toml"),
        ({"XDG_CONFIG_HOME": "/x"}, "linux", Path("/x/keyhole/config.toml")),
        ({"XDG_CONFIG_HOME": "relative"}, "linux", HOME / ".config/keyhole/config.toml"),
        ({"XDG_CONFIG_HOME": ""}, "darwin", HOME / ".config/keyhole/config.toml"),
        ({"APPDATA": "/roaming"}, "win32", Path("/roaming/keyhole/config.toml")),
        ({}, "win32", HOME / "AppData/Roaming/keyhole/config.toml"),
        ({"KEYHOLE_CONFIG": " /k.toml ", "XDG_CONFIG_HOME": "/x"}, "linux", Path("/k.toml")),
        ({"KEYHOLE_CONFIG": " "}, "linux", HOME / ".config/keyhole/config.toml"),
    ],
)
def test_the_users_configuration(environ: dict[str, str], platform: str, expected: Path) -> None:
    """The named file, else the platform's folder; and the administrator's file always above it."""
    assert config_files(environ, HOME, platform) == (expected, Path("/etc/keyhole/config.toml"))


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({}, "linux", HOME / ".local/state/keyhole"),
        ({"XDG_STATE_HOME": "/s"}, "linux", Path("/s/keyhole")),
        ({"XDG_STATE_HOME": "s"}, "linux", HOME / ".local/state/keyhole"),
        ({"LOCALAPPDATA": "/local"}, "win32", Path("/local/keyhole")),
        ({}, "win32", HOME / "AppData/Local/keyhole"),
    ],
)
def test_the_state_folder(environ: dict[str, str], platform: str, expected: Path) -> None:
    """What keyhole remembers has the platform's place; a relative XDG path is ignored."""
    assert state_folder(environ, HOME, platform) == expected
