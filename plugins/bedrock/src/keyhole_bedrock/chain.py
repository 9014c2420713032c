"""A program of its own: asks botocore's credential chain, and prints what came of it as JSON.

botocore reads `os.environ` in a dozen places that take no other mapping (web identity, endpoints,
proxies, the home folder, what a credential_process inherits). As a process it is given exactly the
variables that count, and the caller's own environment is neither changed nor consulted. It imports
nothing but botocore, so that it starts in a third of a second.

    python -P chain.py PROFILE SECONDS

An empty profile is botocore's default; after that many seconds (0: none) it gives up.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any


def main(profile: str, patience: float) -> int:
    """Prints a credential in the format of credential_process, or an error's names and text."""
    if patience:
        timer = threading.Timer(patience, _give_up, [patience])
        timer.daemon = True
        timer.start()
    try:
        answer = _credential(profile)
    except Exception as error:  # noqa: BLE001  # the caller says what it means
        answer = {"Error": [kind.__name__ for kind in type(error).__mro__], "Message": str(error)}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    # The timer, or a thread of the library, must not hold the answer back.
    os._exit(0)


def _credential(profile: str) -> dict[str, Any]:
    from botocore.exceptions import NoCredentialsError
    from botocore.session import Session

    session = Session(profile=profile or None)
    resolver = session.get_component("credential_provider")
    # Files of the tools of before 2013, which no other AWS SDK reads.
    for legacy in ("ec2-credentials-file", "boto-config"):
        resolver.remove(legacy)
    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    frozen = credentials.get_frozen_credentials()
    # botocore has no public name for it; the AWS CLI's export-credentials reads the same one.
    expiry = getattr(credentials, "_expiry_time", None)
    return {
        "Version": 1,
        "AccessKeyId": frozen.access_key,
        "SecretAccessKey": frozen.secret_key,
        "SessionToken": frozen.token,
        "Expiration": expiry.isoformat() if expiry else None,
    }


def _give_up(seconds: float) -> None:
    said = {"Error": ["Patience", "HTTPClientError"], "Message": f"no answer in {seconds:g} s"}
    sys.stdout.write(json.dumps(said))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
