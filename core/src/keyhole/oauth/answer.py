"""What comes back from an authorization server through a browser, or through a person."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import final
from urllib.parse import parse_qsl, urlsplit

from keyhole.errors import ForeignRedirectError, OAuthError
from keyhole.frozen import frozen
from keyhole.redaction import printable, redact
from keyhole.secret import Secret

__all__ = ["Answer"]

_LONGEST = 64 * 1024
_MOST = 64
_WORDS = 300
_DENIED = "access_denied"


@final
@frozen(repr=False)
class Answer:
    """The parameters of an authorization response (RFC 6749, section 4.1.2); they are secrets.

    Attributes:
        pairs: The parameters, in their order, each as often as it came.
    """

    pairs: Sequence[tuple[str, str]]

    @classmethod
    def read(cls, text: str) -> Answer:
        """The answer in a redirected URL, its query, or `code#state`.

        Raises:
            ForeignRedirectError: It is none.
        """
        text = text.strip()
        if len(text) > _LONGEST:
            raise _foreign("it is far too long")
        code, mark, state = text.partition("#")
        if mark and "state=" not in text:
            return cls((("code", code), ("state", state)))
        try:
            query = urlsplit(text).query if "?" in text else text
            return cls(parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST))
        except ValueError:
            raise _foreign("it can't be read") from None

    def get(self, name: str) -> str:
        """The one value of a parameter; "" where it has none.

        Raises:
            OAuthError: It has several (RFC 6749, section 3.1).
        """
        values = [value for key, value in self.pairs if key == name]
        if len(values) > 1:
            raise OAuthError(
                f"the answer says {name} more than once",
                remedy="log in again; if it stays, tell whoever runs the authorization server",
                code="invalid_answer",
            )
        return values[0] if values else ""

    def check_state(self, expected: Secret) -> None:
        """Whether it belongs to the login that has this state.

        Raises:
            ForeignRedirectError: It belongs to another, or to none.
        """
        states = [value for key, value in self.pairs if key == "state"]
        same = len(states) == 1 and hmac.compare_digest(
            states[0].encode("utf-8", "surrogatepass"), expected.reveal().encode()
        )
        if not same:
            raise _foreign("its state is not the one of this login")

    def check_issuer(self, issuer: str, *, always: bool) -> None:
        """The rules of RFC 9207, section 2.4: identical, as texts, before anything else counts.

        Args:
            issuer: The issuer that was asked; "" where it is not known.
            always: Whether that issuer says `iss` each time.

        Raises:
            OAuthError: It is from another ("issuer_mismatch"); it is not repeated.
        """
        said = self.get("iss")
        if (not said and not always) or (not issuer and not always) or said == issuer != "":
            return
        raise OAuthError(
            "the answer comes from another issuer than the one that was asked"
            if said
            else "the answer does not say its issuer, and this server always does",
            where=issuer,
            remedy="don't go on: log in again, and look at the browser's address bar",
            code="issuer_mismatch",
        )

    def code(self, *, where: str) -> Secret:
        """The authorization code.

        Raises:
            OAuthError: The server refused, or the answer holds none.
        """
        error = self.get("error")
        if error:
            raise self._refusal(error, where)
        code = self.get("code")
        if not code or not code.isascii() or not code.isprintable():
            raise OAuthError(
                "the answer holds no code",
                where=where,
                remedy="log in again",
                code="invalid_answer",
            )
        return Secret(code)

    def _refusal(self, error: str, where: str) -> OAuthError:
        """What the server said, made safe: it came through a browser (section 4.1.2.1)."""
        words = redact(printable(self.get("error_description")))
        words = words if len(words) <= _WORDS else f"{words[:_WORDS]}…"
        error = redact(printable(error))[:_WORDS]
        said = "the login was denied" if error == _DENIED else f"the server answered {error}"
        return OAuthError(
            f"{said}: {words}" if words else said,
            where=where,
            remedy="log in again and agree, or ask whoever runs the authorization server",
            code=error,
        )


def _foreign(problem: str) -> ForeignRedirectError:
    return ForeignRedirectError(
        f"what came back is no answer to this login: {problem}",
        remedy="copy the whole address from the browser in which you logged in just now",
        code="foreign",
    )
