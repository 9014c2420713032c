"""What a helper costs at each call, beside OpenBao's own command line and a plain hvac script.

All sides ask one development server.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import Group, environment, in_turn, process
from components.openbao import binary, development

KEY = "sk-ant-api03-fake"
PLAIN = """
import os, hvac
client = hvac.Client(os.environ["VAULT_ADDR"], os.environ["VAULT_TOKEN"])
read = client.secrets.kv.v2.read_secret_version("anthropic", raise_on_deleted_version=True)
print(read["data"]["data"]["api_key"])
"""
HELPER = (sys.executable, "-c", "from keyhole_vault_helper.helper import main; main()")
CONFIG = """
[stores]
use = "file"
[vault]
address = "{address}"
path = "secret/anthropic"
refresh = {refresh}
"""


def measure(rounds: int) -> Group:
    with tempfile.TemporaryDirectory() as name, development(Path(name)) as bao:
        bao.ask("POST", "secret/data/anthropic", data={"api_key": KEY})
        known = {"VAULT_ADDR": bao.address, "VAULT_TOKEN": bao.token}
        kept, asking = (_home(Path(name), bao.address, refresh) for refresh in (1e6, 1e-3))
        here, there = (environment(str(home), **known) for home in (kept, asking))
        get = (str(binary()), "kv", "get", "-mount=secret", "-field=api_key", "anthropic")
        sides = {
            "the interpreter alone": process((sys.executable, "-c", f"print('{KEY}')"), here),
            "keyhole-vault-helper, kept": process(HELPER, here),
            "bao kv get": process(get, here),
            "a plain hvac script": process((sys.executable, "-c", PLAIN), here),
            "keyhole-vault-helper, asking": process(HELPER, there),
        }
        return Group("vault", "A key from OpenBao", "ms", in_turn(sides, rounds))


def _home(folder: Path, address: str, refresh: float) -> Path:
    home = folder / f"home-{refresh:g}"
    config = home / ".config" / "keyhole" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(CONFIG.format(address=address, refresh=refresh))
    return home
