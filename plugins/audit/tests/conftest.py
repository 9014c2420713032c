"""Made-up homes on a real disk with a real git, and secrets that exist only while tests run."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner, Result

from keyhole import Host, Machine
from keyhole.cli.world import World
from keyhole.config import Config
from keyhole.files import RealFiles
from keyhole.host import RealHost
from keyhole.plugins import Plugins, load
from keyhole_audit.checks import checks
from keyhole_audit.cli import audit
from keyhole_audit.exceptions import Exceptions, unreasoned
from keyhole_audit.flagged import Report
from keyhole_audit.look import Look, look
from keyhole_audit.run import run as run_checks

NOW = time.time()
_MARK = re.compile(r"@@([a-z0-9-]+)@@")


def _letters(name: str, count: int) -> str:
    """Letters and digits that look random, and are the same in every run."""
    digest = b"".join(hashlib.sha256(f"{name}{at}".encode()).digest() for at in range(8))
    return re.sub(r"[^A-Za-z0-9]", "", base64.b64encode(digest).decode())[:count]


def _jwt(name: str, end: float) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": name, "exp": end})
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join([*(part.rstrip("=") for part in coded), _letters(name, 43)])


def made(name: str) -> str:
    """The secret of a name: `anthropic`, `github`, `random-2`…; a number makes another one."""
    kind = name.partition("-")[0]
    makers: Mapping[str, Callable[[], str]] = {
        "anthropic": lambda: f"sk-ant-api03-{_letters(name, 80)}-{_letters(name, 6)}AA",
        "oauth": lambda: f"sk-ant-oat01-{_letters(name, 80)}-{_letters(name, 6)}AA",
        "github": lambda: f"ghp_{_letters(name, 36)}",
        "gitlab": lambda: f"glpat-{_letters(name, 20)}",
        "aws": lambda: f"AKIA{_letters(name, 80).upper().translate({48: 50, 49: 51})[:16]}",
        "google": lambda: f"AIza{_letters(name, 35)}",
        "entra": lambda: f"{_letters(name, 3)}8Q~{_letters(name + 'b', 34)}",
        "slack": lambda: f"xoxb-948203157264-7301948265137-{_letters(name, 24)}",
        "stripe": lambda: f"sk_live_{_letters(name, 24)}",
        "npm": lambda: f"npm_{_letters(name, 36)}",
        "jwt": lambda: _jwt(name, NOW + 3600),
        "jwtold": lambda: _jwt(name, NOW - 3600),
        "random": lambda: _letters(name, 32),
        "password": lambda: f"k9-{_letters(name, 9)}",
    }
    return makers[kind]()


@pytest.fixture
def secret() -> Callable[[str], str]:
    """Makes the secret of a name."""
    return made


@attrs.define
class Site:
    """A home with a project in it.

    Attributes:
        home: The home folder; the project is `home/project`.
        installed: The plugins of this environment.
        secrets: All secrets that were put anywhere, by name.
        environ: The variables.
    """

    home: Path
    installed: Plugins
    secrets: dict[str, str] = attrs.field(factory=dict)
    environ: dict[str, str] = attrs.field(factory=dict)

    @property
    def project(self) -> Path:
        """The folder that everything starts in."""
        return self.home / "project"

    def fill(self, text: str) -> str:
        """The text with a secret in the place of each `@@name@@`."""
        for name in _MARK.findall(text):
            self.secrets[name] = made(name)
        return _MARK.sub(lambda mark: made(mark[1]), text)

    def write(self, name: str, content: Any, mode: int = 0o600) -> Path:
        """Puts a file below the home: a text, or anything else as JSON."""
        path = self.home / self.fill(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content, indent=2)
        path.write_text(self.fill(text))
        path.chmod(mode)
        return path

    def set_up(self, case: Mapping[str, Any]) -> None:
        """Makes what a case of the corpus says."""
        for name, content in case["files"].items():
            self.write(name, content)
        for name in case.get("programs", []):
            self.write(f"bin/{name}", "#!/bin/sh\n", 0o700)
            self.environ["PATH"] = f"{self.home / 'bin'}{os.pathsep}{os.environ['PATH']}"
        environ = case.get("environ", {})
        self.environ.update({name: self.fill(text) for name, text in environ.items()})
        if case.get("git", True):
            self.git("init", "-q")
            self.git("add", ".")
        for name in case.get("untracked", []):
            self.git("rm", "-q", "--cached", name)

    def keep_in_files(self) -> None:
        """Chooses the file store: a test must not write to a desktop's keyring."""
        self.write(".config/keyhole/config.toml", '[stores]\nuse = "file"\n')

    def snapshot(self) -> dict[str, bytes]:
        """What the files below the home hold, without those of git and of keyhole's own."""
        own = (".git", ".local")
        return {
            str(path.relative_to(self.home)): path.read_bytes()
            for path in sorted(self.home.rglob("*"))
            if path.is_file() and not set(own) & set(path.relative_to(self.home).parts)
        }

    def git(self, *arguments: str, folder: str = "project") -> None:
        """Runs git in a folder below the home."""
        place = {"HOME": str(self.home), "PATH": os.environ["PATH"]}
        subprocess.run(
            ["git", *arguments], cwd=self.home / folder, env=place, check=True, capture_output=True
        )

    def machine(self, **options: Any) -> Machine:
        """A look at the home."""
        # Permanently on PATH, as keyhole is for whoever has installed it.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        own = {"HOME": str(self.home), "PATH": path}
        return Machine(
            environ=own | self.environ,
            files=RealFiles(),
            home=self.home,
            platform="linux",
            now=NOW,
            **{"cwd": self.project, **options},
        )

    def look(self, *paths: Path, **options: Any) -> Look:
        """What an audit of the home looks at."""
        return look(self.machine(**options), RealHost(), self.installed, paths)

    def audit(self, *paths: Path, **options: Any) -> Report:
        """An audit of the home with keyhole's own checks."""
        seen = self.look(*paths, **options)
        machine = seen.view.machine
        return run_checks(seen, [unreasoned(), *checks()], Exceptions.of(machine, machine.cwd))

    def said(self, report: Report) -> list[str]:
        """Each notice of a report as `CODE place:line`, the place below the home."""
        return sorted(
            f"{one.check.code} {self._place(one.notice.where.place)}"
            + (f":{one.notice.where.line}" if one.notice.where.line else "")
            for one in report.flagged
        )

    def codes(self, report: Report) -> Sequence[str]:
        """The codes of a report's notices."""
        return sorted(one.check.code for one in report.flagged)

    def _place(self, place: str) -> str:
        return place.removeprefix(f"{self.home}/")


@pytest.fixture(scope="session")
def installed() -> Plugins:
    """The plugins of this environment, loaded once."""
    return load(Config())


@pytest.fixture
def site(tmp_path: Path, installed: Plugins) -> Site:
    """A home with an empty project that is no repository yet."""
    (tmp_path / "project").mkdir()
    return Site(tmp_path, installed)


@pytest.fixture
def run(site: Site) -> Callable[..., Result]:
    """Runs `keyhole audit` in the site's project."""

    def command(*arguments: str, host: Host | None = None, **options: Any) -> Result:
        world = World(site.machine, host or RealHost())
        return CliRunner().invoke(audit, arguments, obj=world, catch_exceptions=False, **options)

    return command
