"""Every error that keyhole raises on purpose.

KeyholeError                    exit code 1
├── ConfigError                 1   keyhole's own configuration can't be read
├── RecordError                 1   one of keyhole's own records can't be written
├── ScaffoldError               1   a new plugin can't be written
├── UsageError                  2   a caller's argument is wrong
├── NoCredentialError           3   nothing is configured on this machine, or all is ignored
├── BrokenCredentialError       4   what is configured can't be used
├── RejectedError               4   the server refused it, and there is no other
├── HelperError                 1   a program that keyhole ran failed
├── BusyError                   1   another process holds what is needed
├── StoreError                  1   a token store can't be used
│   ├── DamagedError            1   what it holds under a key is no record of ours
│   └── LeaseError              1   the holder of a key slept past its lease
├── LoginRequiredError          4   only a new login helps
│   ├── InvalidGrantError       4   the authorization server said so
│   └── InteractionRequiredError 4  that needs a person, and nobody is there
├── LoginFailedError            1   a login was begun, and did not come to its end
├── OAuthError                  1   an authorization server refused a request
│   └── ForeignRedirectError    1   what came back belongs to no login of ours
├── NetworkError                1   a server could not be reached, or answered nonsense
│   └── ServerError             1   it answered that it can't answer now
├── RefusedError                1   the credential is not given out in this way
├── ProgramError              127   the program to run is not there
│   └── NotExecutableError    126   it is there, and can't be run
└── UnexpectedCredentialError   5   another credential wins than the one that was expected
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "BrokenCredentialError",
    "BusyError",
    "ConfigError",
    "DamagedError",
    "ForeignRedirectError",
    "HelperError",
    "InteractionRequiredError",
    "InvalidGrantError",
    "KeyholeError",
    "LeaseError",
    "LoginFailedError",
    "LoginRequiredError",
    "NetworkError",
    "NoCredentialError",
    "NotExecutableError",
    "OAuthError",
    "ProgramError",
    "RecordError",
    "RefusedError",
    "RejectedError",
    "ScaffoldError",
    "ServerError",
    "StoreError",
    "UnexpectedCredentialError",
    "UsageError",
]


class KeyholeError(Exception):
    """What went wrong, where, and what to do; never a secret.

    Attributes:
        problem: One sentence that says what is wrong.
        where: The file, line or variable it is about; empty where there is none.
        remedy: What to do next; empty where nothing can be said.
        exit_code: What the command line ends with.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, problem: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        said = f"{self.where}: {self.problem}" if self.where else self.problem
        return f"{said}\n  what to do: {self.remedy}" if self.remedy else said


class ConfigError(KeyholeError):
    """keyhole's own configuration holds something that it must not."""


class RecordError(KeyholeError):
    """A decision (trust, approval) could not be kept."""


class ScaffoldError(KeyholeError):
    """A new plugin's folder could not be written, or is there already."""


class UsageError(KeyholeError):
    """An argument of a call or of a command is wrong."""

    exit_code = 2


class NoCredentialError(KeyholeError):
    """No source has anything that can be used: nothing is configured, or all of it is ignored."""

    exit_code = 3


class BrokenCredentialError(KeyholeError):
    """The credential that wins is configured and can't be used."""

    exit_code = 4


class RejectedError(KeyholeError):
    """The server refused the credential, and loading it again gave nothing better."""

    exit_code = 4


class HelperError(KeyholeError):
    """A program that was run for a credential failed, or printed something else."""


class BusyError(KeyholeError):
    """Another process holds what is needed, and did not let go in time."""


class StoreError(KeyholeError):
    """A token store can't be used, or what it holds is no record."""


class DamagedError(StoreError):
    """The store can be used; what it holds under a key is no record, and may be replaced."""


class LeaseError(StoreError):
    """Who held a key slept past its lease; what it wanted to write was refused."""


class LoginRequiredError(KeyholeError):
    """The token has ended for good: the server said so, or there is nothing to renew it with."""

    exit_code = 4


class InvalidGrantError(LoginRequiredError):
    """The authorization server says that a code or a refresh token is not valid, or no longer.

    `invalid_grant` of RFC 6749, section 5.2.
    """


class InteractionRequiredError(LoginRequiredError):
    """Only a person can log in, and nobody is there; no browser was opened, nothing was sent."""


class LoginFailedError(KeyholeError):
    """A login was begun and did not come to its end: nobody finished it in time."""


class OAuthError(KeyholeError):
    """An authorization server refused a request, and asking again would not help.

    Attributes:
        code: The error code (RFC 6749, section 5.2, and its extensions): "invalid_client".
    """

    def __init__(self, problem: str, *, where: str = "", remedy: str = "", code: str = "") -> None:
        super().__init__(problem, where=where, remedy=remedy)
        self.code = code


class ForeignRedirectError(OAuthError):
    """What came back carries another state than ours: it belongs to another login, or to nobody."""


class NetworkError(KeyholeError):
    """A server could not be reached in time."""


class ServerError(NetworkError):
    """A server answered that it can't answer now; it did nothing of what it was asked for.

    Attributes:
        retry_after: How many seconds it asks to wait (RFC 9110, section 10.2.3); None if it
            does not say.
    """

    def __init__(
        self, problem: str, *, where: str = "", remedy: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(problem, where=where, remedy=remedy)
        self.retry_after = retry_after


class RefusedError(KeyholeError):
    """The credential may not be handed out in the way that was asked for."""


class ProgramError(KeyholeError):
    """The program that was to be run is not there; the shells' exit code for that."""

    exit_code = 127


class NotExecutableError(ProgramError):
    """The program that was to be run is there, and the system refuses to run it."""

    exit_code = 126


class UnexpectedCredentialError(KeyholeError):
    """Another credential wins than `[expect]` says; nothing was sent."""

    exit_code = 5
