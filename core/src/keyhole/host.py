"""What a credential's loading, and a command, may do."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, final

from keyhole.errors import HelperError, RecordError

if TYPE_CHECKING:
    from keyhole.machine import Machine
    from keyhole.message import Request, Response
    from keyhole.oauth.listener import Listener, Terminal
    from keyhole.program import Command, Outcome
    from keyhole.scratch import Scratch
    from keyhole.store import StoreFactory, TokenStore
    from keyhole.tokens import Tokens

__all__ = ["Host", "RealHost"]


class Host(Protocol):
    """The effects that are allowed, and the clock."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def wait(self, seconds: float) -> None:
        """Lets time pass."""

    def run(self, command: Command) -> Outcome:
        """Runs a program, bounded in time and output.

        Raises:
            HelperError: It can't be started.
        """

    def send(self, request: Request) -> Response:
        """One HTTP exchange, bounded in time and size; no redirect is followed.

        Raises:
            NetworkError: There was no answer.
        """

    def resolve(self, url: str) -> tuple[str, ...]:
        """The IP addresses of a URL's host; none where a proxy makes the connection.

        Raises:
            NetworkError: The name has no address.
        """

    def attend(self, argv: Sequence[str], environ: Mapping[str, str]) -> int:
        """Runs a program in the foreground, with the user's terminal; gives its exit code.

        Raises:
            ProgramError: There is no such program, or it can't be run.
        """

    def replace(self, argv: Sequence[str], environ: Mapping[str, str]) -> None:
        """Becomes another program, where the system can do that; does not return.

        Raises:
            ProgramError: There is no such program, or it can't be run.
        """

    def tell(self, sentence: str) -> None:
        """Says something to a person who waits; nothing where nobody does."""

    def open_browser(self, url: str, environ: Mapping[str, str], platform: str) -> bool:
        """Opens the person's browser, never through a shell; False where there is none.

        Raises:
            OAuthError: It is no https URL, and none of this machine.
        """

    def listen(self, hostname: str, port: int, path: str) -> Listener:
        """Listens on this machine for the redirect that ends a login.

        Args:
            hostname: "127.0.0.1", "::1", or "localhost" for both.
            port: The port; 0 for a free one.
            path: The path of the redirect URI.

        Raises:
            BusyError: The port is taken.
        """

    def terminal(self) -> Terminal | None:
        """The person's keyboard; None where there is none that can be read."""

    def write(self, path: Path, text: str) -> None:
        """Keeps a private file: mode 0600 in a 0700 folder, the old text or the new, never half.

        Raises:
            RecordError: It can't be written; what was there before is still there.
        """

    def remove(self, path: Path) -> bool:
        """Removes a file; False if there was none.

        Raises:
            RecordError: It can't be removed.
        """

    def scratch(self, runtime_dir: Path) -> Scratch | None:
        """Where this user's processes share what must not outlive the session.

        Args:
            runtime_dir: What `XDG_RUNTIME_DIR` says.

        Returns:
            None where that place does not keep others out: then nothing is kept.
        """

    def tokens(self, machine: Machine) -> Tokens:
        """The user's tokens, in the stores that a machine's configuration names.

        Raises:
            ConfigError: The configuration holds something that it must not.
        """


@final
class RealHost:
    """This machine. What an effect takes is imported when it is asked for."""

    def __init__(self) -> None:
        # Stores stay open: one that keeps tokens in memory would forget them, and connections cost.
        self._stores: dict[str, TokenStore] = {}

    def now(self) -> float:
        return time.time()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    # A program that only reads what is kept pays for none of these imports.

    def run(self, command: Command) -> Outcome:
        from keyhole.process import run

        try:
            return run(command)
        except OSError as error:
            said = os.strerror(error.errno or 0)
        raise HelperError(f"the shell can't be started: {said}", where=str(command.cwd))

    def send(self, request: Request) -> Response:
        from keyhole.exchange import exchange

        return exchange(request, self.tell)

    def resolve(self, url: str) -> tuple[str, ...]:
        from keyhole.pinned import addresses_of

        return addresses_of(url)

    def attend(self, argv: Sequence[str], environ: Mapping[str, str]) -> int:
        from keyhole.process import attend

        return attend(argv, environ)

    def replace(self, argv: Sequence[str], environ: Mapping[str, str]) -> None:
        from keyhole.process import replace

        replace(argv, environ)

    def tell(self, sentence: str) -> None:
        from keyhole.streams import tell

        tell(f"keyhole: {sentence}", only_a_person=True)

    def open_browser(self, url: str, environ: Mapping[str, str], platform: str) -> bool:
        from keyhole.oauth.browser import open_browser

        return open_browser(url, environ, platform)

    def listen(self, hostname: str, port: int, path: str) -> Listener:
        from keyhole.oauth.callback import LoopbackListener

        return LoopbackListener(hostname, port, path)

    def terminal(self) -> Terminal | None:
        from keyhole.oauth.paste import keyboard

        return keyboard()

    def write(self, path: Path, text: str) -> None:
        from keyhole.atomic import replace_text

        try:
            _make_private(path.parent)
            replace_text(path, text)
        except OSError as error:
            raise _failed("written", path, error) from error

    def remove(self, path: Path) -> bool:
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _failed("removed", path, error) from error
        return True

    def scratch(self, runtime_dir: Path) -> Scratch | None:
        from keyhole.scratch import Scratch

        return Scratch.below(runtime_dir)

    def tokens(self, machine: Machine) -> Tokens:
        from keyhole.files import RealFiles
        from keyhole.index import KIND, Index
        from keyhole.stores.offered import BUILT_IN, Stores
        from keyhole.tokens import Tokens

        stores = Stores(BUILT_IN, machine, self._stores, more=lambda: _offered(machine))
        return Tokens(stores, Index(machine.records(KIND), RealFiles(), self), self)


def _offered(machine: Machine) -> list[StoreFactory]:
    """The stores of plugins; who reads a token that a built-in store keeps loads none."""
    from keyhole import plugins

    return [registered.item for registered in plugins.load(machine.config).stores]


def _make_private(folder: Path) -> None:
    """Makes a folder with all that is missing above it, for this user alone."""
    if not folder.exists():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _failed(what: str, path: Path, error: OSError) -> RecordError:
    return RecordError(
        f"the file can't be {what}: {os.strerror(error.errno or 0)}",
        where=str(path),
        remedy="check the folder's owner, its mode and the free space",
    )
