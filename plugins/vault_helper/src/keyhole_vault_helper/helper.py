"""`keyhole-vault-helper`: prints the key, as Claude Code's `apiKeyHelper` is asked to.

Claude Code starts it anew for every key, so that it must start quickly: a kept key that is fresh is
printed with next to nothing imported; hvac and the rest come only when the vault is asked.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main", "run"]

_USAGE = """\
usage: keyhole-vault-helper [--json]

Prints the key at [vault] path of keyhole's configuration. `keyhole vault configure` sets it as
apiKeyHelper in Claude Code's settings. --json prints the object of keyhole's helper contract.
"""
_WRONG_USAGE = 2


def main() -> None:
    """The console script."""
    from keyhole.cli.quiet import forsake_output, usable_streams

    with usable_streams():
        try:
            code = run(sys.argv[1:])
        except OSError as error:
            sys.stderr.write(f"keyhole-vault-helper: {error.strerror}\n")
            forsake_output()
            code = 1
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Prints the key and returns an exit code.

    Args:
        arguments: The command line without the program's name.
    """
    if any(one in ("-h", "--help") for one in arguments):
        sys.stdout.write(_USAGE)
        return 0
    if set(arguments) - {"--json"}:
        sys.stderr.write(_USAGE)
        return _WRONG_USAGE
    from keyhole.cli.quiet import say
    from keyhole.errors import KeyholeError

    try:
        say(_line(as_json="--json" in arguments))
    except KeyholeError as error:
        sys.stderr.write(f"keyhole-vault-helper: {error}\n")
        return error.exit_code
    return 0


def _line(*, as_json: bool) -> str:
    from keyhole.host import RealHost
    from keyhole.machine import Machine
    from keyhole_vault_helper.chosen import usable
    from keyhole_vault_helper.fresh import is_fresh
    from keyhole_vault_helper.options import KIND
    from keyhole_vault_helper.output import rendered

    machine, host = Machine.real(), RealHost()
    vault = usable(machine)
    tokens = host.tokens(machine)
    # Where nothing is kept, no store needs to be looked for yet.
    record = tokens.read(vault.key) if tokens.index.get(vault.key) else None
    if record is None or not is_fresh(record, machine, host.now()):
        from keyhole_vault_helper.kept import Kept

        record = Kept(vault, machine, host, _warn).current()
    return rendered(record, machine.config.get(KIND), as_json=as_json)


def _warn(sentence: str) -> None:
    sys.stderr.write(f"keyhole-vault-helper: warning: {sentence}\n")
