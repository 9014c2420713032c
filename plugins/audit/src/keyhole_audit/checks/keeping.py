"""KH4xx: how files with secrets are kept: their modes and owners, stores, and what expires."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime

from keyhole import Check, Notice, Role, Severity, View, Where
from keyhole.backups import TAKE_BACK, old_backups
from keyhole.claude_code import HOST_MANAGED
from keyhole.errors import KeyholeError
from keyhole.index import Entry
from keyhole.settings import Scope
from keyhole.setup_token import SetupToken, setup_token
from keyhole_audit.checks.rule import Rule
from keyhole_audit.literal import masked
from keyhole_audit.literals import Literals

__all__ = ["checks"]

_CHOOSING = (Role.SETTINGS, Role.MCP, Role.STATE, Role.CREDENTIALS, Role.START_FILE, Role.SCRIPT)
_OTHERS_READ = 0o004
_OTHERS_WRITE = 0o002
_DAY = 24 * 60 * 60
_SOON = 30 * _DAY
_FILE_STORE = "file"


def checks(literals: Literals) -> list[Check]:
    """The checks of this family.

    Args:
        literals: Finds the secrets in files.
    """
    return [
        Rule("KH401", Severity.HIGH, "a file that everyone can write", _writable),
        Rule(
            "KH402",
            Severity.MEDIUM,
            "a secret that everyone on this machine can read",
            lambda view: _readable(view, literals),
        ),
        Rule("KH403", Severity.HIGH, "a file of another user", _foreign),
        Rule("KH404", Severity.MEDIUM, "personal settings that git tracks", _tracked),
        Rule("KH405", Severity.MEDIUM, "secrets in plain text, needlessly", _plain),
        Rule("KH406", Severity.MEDIUM, "a token that has expired", _expired),
        Rule("KH407", Severity.LOW, "a token that expires soon", _expiring),
        Rule("KH408", Severity.LOW, "an old backup with secrets", _backups),
    ]


def _writable(view: View) -> Iterator[Notice]:
    for seen in view.of(*_CHOOSING):
        if seen.mode is not None and seen.mode & _OTHERS_WRITE and seen.reachable:
            place = masked(str(seen.path))
            problem = f"everyone on this machine can write the file (mode {seen.mode:04o})"
            yield Notice(Where(place), problem, f"chmod o-w {place} (`keyhole audit --fix` does)")


def _readable(view: View, literals: Literals) -> Iterator[Notice]:
    holders = {one.file.path for one in literals.of(view) if not one.file.shared}
    for seen in view.files:
        if seen.path not in holders and seen.role is not Role.CREDENTIALS:
            continue
        if seen.mode is not None and seen.mode & _OTHERS_READ and seen.reachable:
            place = masked(str(seen.path))
            problem = f"everyone on this machine can read the secret in it (mode {seen.mode:04o})"
            yield Notice(Where(place), problem, f"chmod 600 {place} (`keyhole audit --fix` does)")


def _foreign(view: View) -> Iterator[Notice]:
    # The superuser looks at other people's files by trade, and owns what the system holds.
    if os.name != "posix" or os.geteuid() == 0:
        return
    for seen in view.of(*_CHOOSING):
        if seen.owner not in (None, 0, os.geteuid()):
            place = masked(str(seen.path))
            problem = f"the file belongs to user {seen.owner}, who chooses what it says"
            yield Notice(Where(place), problem, f"sudo chown {os.geteuid()} {place}")


def _tracked(view: View) -> Iterator[Notice]:
    for seen in view.of(Role.SETTINGS):
        if seen.scope is Scope.LOCAL and seen.tracked:
            place = masked(str(seen.path))
            problem = "git tracks these settings, which are meant for one person alone"
            remedy = f"git rm --cached {place}, and add it to .gitignore (`keyhole audit --fix`)"
            yield Notice(Where(place), problem, remedy)


def _plain(view: View) -> Iterator[Notice]:
    if not view.whole or view.machine.config.stores_use == _FILE_STORE:
        return
    tokens = view.tokens()
    kept = [entry for entry in tokens.index.entries() if entry.store == _FILE_STORE]
    if not kept:
        return
    try:
        store = tokens.stores.in_force()
    except KeyholeError:
        # A better one is there and can't be used now; `keyhole stores` says so.
        return
    if store.status().protected:
        for entry in kept:
            problem = f"{_about(entry)} is kept in plain text, and the store {store.name} is there"
            yield Notice(_place(entry), problem, f"keyhole stores move file {store.name}")


def _expired(view: View) -> Iterator[Notice]:
    now = view.machine.now
    for where, about, end, dead in _ending(view):
        if dead:
            yield Notice(where, f"{about} is dead: {masked(dead)}", "log in again")
        elif end is not None and end <= now:
            yield Notice(where, f"{about} expired on {_date(end)}", "make a new one")


def _expiring(view: View) -> Iterator[Notice]:
    now = view.machine.now
    for entry in _entries(view):
        end = entry.ends_at
        # A token of an hour is no news; one of a year is forgotten.
        if end is None or entry.renewable or entry.dead or end <= now:
            continue
        if end - now < min(_SOON, (end - entry.saved_at) / 4):
            problem = f"{_about(entry)} expires on {_date(end)}"
            yield Notice(_place(entry), problem, "make a new one before that day")
    for where, dated in _setup_tokens(view):
        if 0 < dated.ends_at - now < _SOON:
            problem = f"the setup token expires on {_date(dated.ends_at)}"
            yield Notice(where, problem, "`keyhole setup-token` makes the next one")


def _setup_tokens(view: View) -> Iterator[tuple[Where, SetupToken]]:
    """Setup tokens in variables, as far as `keyhole setup-token` recorded their date."""
    for name in sorted(HOST_MANAGED) if view.whole else ():
        variable = view.machine.variable(name)
        dated = setup_token(view.machine, variable.value) if variable.value else None
        if variable.where and dated:
            yield variable.where, dated


def _ending(view: View) -> Iterator[tuple[Where, str, float | None, str]]:
    """Everything that does not renew itself: where, what, when it ends, and why it is dead."""
    for entry in _entries(view):
        if entry.dead or not entry.renewable:
            yield _place(entry), _about(entry), entry.ends_at, entry.dead
    for where, dated in _setup_tokens(view):
        yield where, "the setup token", dated.ends_at, ""
    for name in sorted(HOST_MANAGED) if view.whole else ():
        variable = view.machine.variable(name)
        if variable.where and variable.text.startswith("eyJ"):
            yield variable.where, f"the token in {name}", _end_of_jwt(variable.text), ""


def _entries(view: View) -> tuple[Entry, ...]:
    return view.tokens().index.entries() if view.whole else ()


def _backups(view: View) -> Iterator[Notice]:
    if view.whole:
        for path in old_backups(view.machine):
            problem = (
                "the commands that take an old `--fix` back are still there"
                if path.name.endswith(TAKE_BACK)
                else "a backup that keyhole made still holds secrets"
            )
            yield Notice(Where(str(path)), problem, "remove it")


def _about(entry: Entry) -> str:
    return masked(entry.about or entry.key)


def _place(entry: Entry) -> Where:
    return Where(f"the token store {entry.store}", masked(entry.key))


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def _end_of_jwt(token: str) -> float | None:
    """The `exp` claim (RFC 7519, section 4.1.4); None where there is none."""
    payload = token.split(".")[1] if token.count(".") > 1 else ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"])
    except (ValueError, KeyError, TypeError):
        return None
