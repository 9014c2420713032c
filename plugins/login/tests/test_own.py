"""keyhole's own login through its commands: everything that can happen, without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import attrs
import pytest

from keyhole import Machine
from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.message import Response
from keyhole.stores.file import FileStore
from keyhole.testing import FakeHost, agrees, fake_machine

ISSUER = "https://id.example"
CONFIG = ".config/keyhole/config.toml"
SERVER = f"""[login]
issuer = "{ISSUER}"
client_id = "keyhole"
scopes = ["openid", "offline_access"]
base_url = "https://gateway.example"
"""
METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "revocation_endpoint": f"{ISSUER}/revoke",
    "device_authorization_endpoint": f"{ISSUER}/device",
    "response_types_supported": ["code"],
    "code_challenge_methods_supported": ["S256"],
    "authorization_response_iss_parameter_supported": True,
}
GRANTED = {
    "access_token": "fake-access-1",
    "refresh_token": "fake-refresh-1",
    "token_type": "Bearer",
    "expires_in": 3600,
}
DEVICE = {
    "device_code": "fake-device-code",
    "user_code": "WDJB-MJHT",
    "verification_uri": f"{ISSUER}/activate",
    "expires_in": 600,
    "interval": 5,
}


@attrs.define
class Desk:
    """A machine with a server configured, a scripted network, and a person with a browser."""

    capsys: pytest.CaptureFixture[str]
    host: FakeHost
    config: str = SERVER
    environ: Mapping[str, str] = attrs.field(factory=dict)

    def look(self, **_options: Any) -> Machine:
        """The machine as it is now."""
        files: dict[Any, Any] = {**self.host.files, CONFIG: self.config}
        return fake_machine(self.environ, files, now=self.host.time)

    def type(self, *words: str) -> tuple[int, str, str]:
        """Runs one command line; gives its code and what it printed."""
        code = run(list(words), World(self.look, self.host))
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def serve(self, *answers: Any) -> None:
        """What the server answers next: JSON, or a whole response."""
        self.host.responses += [
            one if isinstance(one, Response) else Response(200, {}, json.dumps(one).encode())
            for one in answers
        ]

    def asked(self, index: int) -> dict[str, str]:
        """The fields of one of the requests."""
        body = parse_qs((self.host.requests[index].body or b"").decode())
        return {name: values[0] for name, values in body.items()}

    def keeps(self) -> bool:
        """Whether anything is kept, in the store or in the index."""
        tokens = self.host.tokens(self.look())
        return bool(tokens.index.entries())


@pytest.fixture
def desk(capsys: pytest.CaptureFixture[str]) -> Desk:
    """Nobody is logged in; the person agrees to everything."""
    host = FakeHost()
    host.person = lambda url: agrees(url, code="fake-code", iss=ISSUER)
    return Desk(capsys, host)


@pytest.fixture
def logged_in(desk: Desk) -> Desk:
    """Somebody is logged in, and what was asked until then is forgotten."""
    desk.serve(METADATA, GRANTED)
    assert desk.type("login")[0] == 0
    desk.host.requests.clear()
    return desk


def test_a_login_ends_with_a_kept_token(desk: Desk) -> None:
    """Metadata, browser, code, token: then `headers` sends it, and `status` says where it is."""
    desk.serve(METADATA, GRANTED)
    code, out, _ = desk.type("login")
    assert code == 0
    assert out == f"Logged in at {ISSUER}, until 2027-01-15 09:00 UTC; it is renewed in time.\n"
    exchanged = desk.asked(1)
    assert exchanged["code"] == "fake-code"
    assert exchanged["client_id"] == "keyhole"
    assert exchanged["code_verifier"]
    assert desk.type("headers")[1] == "authorization: Bearer fake-access-1\n"
    status = json.loads(desk.type("status", "--json")[1])
    assert status["active"]["source"] == "oauth-login"
    assert status["active"]["endpoint"] == "https://gateway.example"


def test_what_is_asked_for_is_configured(desk: Desk) -> None:
    """Client, scopes, resource, host and port of the redirect are those of the configuration."""
    desk.config += 'resource = "https://gateway.example/"\nhostname = "localhost"\nport = 8910\n'
    desk.serve(METADATA, GRANTED)
    assert desk.type("login")[0] == 0
    (url,) = desk.host.opened
    asked = parse_qs(url.partition("?")[2])
    assert asked["client_id"] == ["keyhole"]
    assert asked["scope"] == ["openid offline_access"]
    assert asked["resource"] == ["https://gateway.example/"]
    assert asked["redirect_uri"] == ["http://localhost:8910/callback"]
    assert asked["code_challenge_method"] == ["S256"]


def test_endpoints_may_be_configured_instead(desk: Desk) -> None:
    """With both endpoints in the configuration no metadata is asked for."""
    desk.config = SERVER.replace(
        f'issuer = "{ISSUER}"',
        f'authorization_endpoint = "{ISSUER}/authorize"\ntoken_endpoint = "{ISSUER}/token"',
    )
    desk.serve(GRANTED)
    assert desk.type("login")[0] == 0
    assert [request.url for request in desk.host.requests] == [f"{ISSUER}/token"]


def test_it_is_renewed_across_restarts(logged_in: Desk) -> None:
    """A later process renews the ended token at the endpoint of the login, and keeps the next."""
    logged_in.host.time += 3600
    logged_in.serve({**GRANTED, "access_token": "fake-access-2", "refresh_token": "fake-refresh-2"})
    assert logged_in.type("token")[1] == "fake-access-2\n"
    assert logged_in.asked(0)["refresh_token"] == "fake-refresh-1"
    assert logged_in.type("token")[1] == "fake-access-2\n"
    assert len(logged_in.host.requests) == 1


def refuses(status: int = 400, **fields: str) -> Response:
    """What a token endpoint refuses with."""
    return Response(status, {}, json.dumps(fields).encode())


def denied(url: str) -> str:
    """A person who does not agree."""
    return agrees(url, code="", error="access_denied", iss=ISSUER)


def interrupted(_url: str) -> str:
    """A person who presses Ctrl-C while the browser is open."""
    raise KeyboardInterrupt


FAULTS: dict[str, tuple[Callable[[str], str] | None, list[Any], int, str]] = {
    "consent denied": (denied, [METADATA], 1, "the login was denied"),
    "another issuer": (
        lambda url: agrees(url, code="fake-code", iss="https://evil.example"),
        [METADATA],
        1,
        "issuer",
    ),
    "nobody comes back": (None, [METADATA], 1, "nobody finished the login within 300 seconds"),
    "an answer to another login": (
        lambda url: agrees(url, state="fake-other"),
        [METADATA],
        1,
        "nobody finished the login",
    ),
    "Ctrl-C": (interrupted, [METADATA], 130, ""),
    "the code is not valid": (
        lambda url: agrees(url, code="fake-code", iss=ISSUER),
        [METADATA, refuses(error="invalid_grant")],
        4,
        "invalid_grant",
    ),
    "no such client": (
        lambda url: agrees(url, code="fake-code", iss=ISSUER),
        [METADATA, refuses(401, error="invalid_client")],
        1,
        "invalid_client",
    ),
    "the server fails": (
        lambda url: agrees(url, code="fake-code", iss=ISSUER),
        [METADATA, Response(502, {}, b"<html>fake-canary</html>")],
        1,
        "HTTP 502",
    ),
    "no token in the answer": (
        lambda url: agrees(url, code="fake-code", iss=ISSUER),
        [METADATA, {"token_type": "Bearer"}],
        1,
        "grants no token",
    ),
    "metadata of another": (
        None,
        [{**METADATA, "issuer": "https://evil.example"}],
        1,
        "names the issuer",
    ),
    "no metadata": (None, [Response(404), Response(404)], 1, "publishes no metadata"),
}


@pytest.mark.parametrize(("person", "answers", "code", "said"), FAULTS.values(), ids=FAULTS)
def test_a_login_that_fails_leaves_nothing(
    desk: Desk, person: Any, answers: list[Any], code: int, said: str
) -> None:
    """Each fault ends with its code and a clear sentence, and no token is kept, whole or half."""
    desk.host.person = person
    desk.serve(*answers)
    ended, out, err = desk.type("login")
    assert ended == code
    assert said in err
    assert "Logged in" not in out
    assert "fake-canary" not in err
    assert not desk.keeps()
    assert all(listener.closed for listener in desk.host.listeners)


def test_a_failed_login_leaves_the_older_one(logged_in: Desk) -> None:
    """Where a new login is not finished, the old one stays as it was."""
    logged_in.host.person = denied
    logged_in.serve(METADATA)
    assert logged_in.type("login")[0] == 1
    assert logged_in.type("token")[1] == "fake-access-1\n"


def test_a_port_that_is_taken(desk: Desk) -> None:
    """Where the configured port is taken, that is said, and no browser is opened."""
    desk.config += "port = 8910\n"
    desk.host.port_taken = True
    desk.serve(METADATA)
    code, _, err = desk.type("login")
    assert code == 1
    assert "8910" in err
    assert not desk.host.opened
    assert not desk.keeps()


def test_a_code_that_was_used_before(logged_in: Desk) -> None:
    """Where the server has seen the code already, the login fails and the older one stays."""
    logged_in.serve(METADATA, refuses(error="invalid_grant"))
    assert logged_in.type("login")[0] == 4
    assert logged_in.type("token")[1] == "fake-access-1\n"


def test_what_is_pasted_does_not_show(desk: Desk) -> None:
    """Without a browser the address is shown; what is pasted and is no answer is not repeated."""
    desk.host.browser, desk.host.person = False, None
    desk.host.pasted = ["not an answer"]
    desk.serve(METADATA)
    code, out, err = desk.type("login", "--no-browser", "--timeout", "5")
    assert code == 1
    assert f"open this address in a browser:\n\n{ISSUER}/authorize?" in err
    assert "nobody finished the login within 5 seconds" in err
    assert not desk.host.opened
    assert "not an answer" not in out + err


def test_nobody_is_there(desk: Desk) -> None:
    """With --mode print nothing is asked, no browser is opened, and the code is 4."""
    code, _, err = desk.type("login", "--mode", "print")
    assert code == 4
    assert "only a person can log in" in err
    assert not desk.host.requests
    assert not desk.host.opened


def test_a_store_that_cannot_be_used_is_said_first(desk: Desk) -> None:
    """Where the token could not be kept, nobody is asked for a login that would be lost."""
    desk.config += '[stores]\nuse = "no-such-store"\n'
    code, _, err = desk.type("login")
    assert code == 1
    assert "no-such-store" in err
    assert not desk.host.requests
    assert not desk.host.opened


@pytest.fixture
def on_disk(desk: Desk, tmp_path: Path) -> Path:
    """The tokens are in files; gives their folder."""
    store = FileStore(tmp_path / "tokens")
    # The fake host knows its only store by this name.
    store.name = "memory"
    desk.host.memory = store  # type: ignore[assignment]  # another store than its own
    return tmp_path / "tokens"


@pytest.fixture
def damaged(desk: Desk, on_disk: Path) -> Desk:
    """Somebody is logged in, and the record of it was torn."""
    desk.serve(METADATA, GRANTED)
    assert desk.type("login")[0] == 0
    desk.host.requests.clear()
    (record,) = on_disk.glob("*.json")
    record.write_text('{"keyhole": 1, "access_token": "fake-torn')
    return desk


def test_a_damaged_record_is_replaced(damaged: Desk) -> None:
    """A record that can't be read is an error that a new login mends, as its remedy says."""
    code, _, err = damaged.type("token")
    assert code == 1
    assert "log in again, which replaces it" in err
    damaged.serve(METADATA, {**GRANTED, "access_token": "fake-access-2"})
    assert damaged.type("login")[0] == 0
    assert damaged.type("token")[1] == "fake-access-2\n"


def test_a_damaged_record_is_removed(damaged: Desk, on_disk: Path) -> None:
    """A logout deletes a record that can't be read, and says that the server knows nothing of it."""
    code, _, err = damaged.type("logout")
    assert code == 1
    assert "deleted here; the server may still take it" in err
    assert f"end the login at {ISSUER}" in err
    assert "fake-torn" not in err
    assert not damaged.keeps()
    assert not list(on_disk.glob("*.json"))


def test_a_grant_that_is_not_kept_is_given_back(desk: Desk, on_disk: Path) -> None:
    """Where the store fails after the person has agreed, what the server granted is ended there."""
    agree = desk.host.person
    assert agree

    def meanwhile(url: str) -> str:
        on_disk.chmod(0o777)
        return agree(url)

    desk.host.person = meanwhile
    desk.serve(METADATA, GRANTED, Response(200), Response(200))
    code, _, err = desk.type("login")
    assert code == 1
    assert "can't be relied on" in err
    assert [request.url for request in desk.host.requests[2:]] == [f"{ISSUER}/revoke"] * 2
    assert [desk.asked(n)["token"] for n in (2, 3)] == ["fake-refresh-1", "fake-access-1"]


def test_a_configuration_with_a_gap_is_said_first(desk: Desk) -> None:
    """A missing client or gateway is named with its line before anything is sent."""
    desk.config = f'[login]\nissuer = "{ISSUER}"\n'
    code, _, err = desk.type("login")
    assert code == 4
    assert "login.client_id is not set" in err
    assert not desk.host.requests


def test_a_login_on_another_device(desk: Desk) -> None:
    """The code to enter is said, the server is polled at its pace, and no browser is opened."""
    pending = refuses(error="authorization_pending")
    desk.serve(METADATA, DEVICE, pending, refuses(error="slow_down"), GRANTED)
    before = desk.host.time
    code, out, err = desk.type("login", "--device")
    assert code == 0
    assert f"open {ISSUER}/activate and enter WDJB-MJHT" in err
    assert out.startswith("Logged in at")
    assert desk.host.time - before >= 5 + 5 + 10
    assert not desk.host.opened
    assert desk.type("token")[1] == "fake-access-1\n"


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([METADATA, DEVICE, refuses(error="access_denied")], "the login was denied"),
        ([METADATA, DEVICE, refuses(error="expired_token")], ""),
        (
            [{k: v for k, v in METADATA.items() if not k.startswith("device")}],
            "offers no login on another device",
        ),
    ],
    ids=["denied", "too late", "not offered"],
)
def test_a_device_that_fails_leaves_nothing(desk: Desk, answers: list[Any], said: str) -> None:
    """A device login that is denied, too late or not offered ends with 1 and keeps nothing."""
    desk.serve(*answers)
    code, _, err = desk.type("login", "--device")
    assert code == 1
    assert said in err
    assert not desk.keeps()


def test_logout_revokes_and_deletes(logged_in: Desk) -> None:
    """Both tokens are ended at the server, the refresh token first, and nothing is kept."""
    logged_in.environ = {"ANTHROPIC_API_KEY": "sk-ant-api03-fake"}
    logged_in.serve(Response(200), Response(200))
    code, out, _ = logged_in.type("logout")
    assert code == 0
    assert [request.url for request in logged_in.host.requests] == [f"{ISSUER}/revoke"] * 2
    assert [logged_in.asked(n)["token"] for n in (0, 1)] == ["fake-refresh-1", "fake-access-1"]
    assert out.splitlines() == [
        f"Logged out at {ISSUER}, where its tokens are ended, too.",
        "Still there:",
        "  api-key: ANTHROPIC_API_KEY in the environment",
    ]
    assert not logged_in.keeps()
    assert logged_in.type("logout")[1].startswith(f"Nobody is logged in at {ISSUER}.")


def test_logout_while_the_server_is_away(logged_in: Desk) -> None:
    """The token is deleted here all the same, and that the server may still take it is said."""
    logged_in.serve(Response(503))
    code, _, err = logged_in.type("logout")
    assert code == 1
    assert "deleted here; the server may still take it" in err
    assert not logged_in.keeps()


def test_a_server_without_revocation(desk: Desk) -> None:
    """Where the server offers no revocation, the token is deleted here and that is said."""
    desk.serve({k: v for k, v in METADATA.items() if k != "revocation_endpoint"}, GRANTED)
    assert desk.type("login")[0] == 0
    code, out, _ = desk.type("logout")
    assert code == 0
    assert out.startswith(f"Logged out here; {ISSUER} offers no way to end its tokens there.")
    assert not desk.keeps()


@pytest.mark.parametrize("words", [["--console"], ["--device", "--sso"]])
def test_claudes_arguments_are_not_for_another_server(desk: Desk, words: list[str]) -> None:
    """What only `claude auth login` understands is wrong usage where [login] is configured."""
    code, _, err = desk.type("login", *words)
    assert code == 2
    assert "keyhole login --claude" in err
    assert not desk.host.requests


def test_claudes_login_is_still_there(desk: Desk) -> None:
    """With --claude the installed `claude` is run although a server is configured."""
    desk.host.codes += [7, 7]
    assert desk.type("login", "--claude", "--sso")[0] == 7
    assert desk.host.attended[0][0] == ["claude", "auth", "login", "--sso"]


def test_its_own_options_need_a_server(desk: Desk) -> None:
    """`--device` and `--no-browser` are wrong usage where no server is configured."""
    desk.config = ""
    for option in ("--device", "--no-browser"):
        assert desk.type("login", option)[0] == 2
