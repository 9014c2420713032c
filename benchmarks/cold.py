"""A process from start to end, beside the bare interpreter and other command lines."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import Group, environment, in_turn, process

KEY = "sk-ant-api03-fake"
CLOUDS = 'block = ["keyhole-bedrock", "keyhole-vertex", "keyhole-foundry"]'
SERVER = {
    "type": "http",
    "url": "https://mcp.acme.example/mcp",
    "headers": {"Authorization": "Bearer ${ACME_TOKEN}"},
}


def measure(rounds: int) -> Group:
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as blocked:
        for folder, plugins in ((home, ""), (blocked, f"[plugins]\n{CLOUDS}\n")):
            config = Path(folder, ".config", "keyhole", "config.toml")
            config.parent.mkdir(parents=True)
            config.write_text(f'{plugins}[stores]\nuse = "file"\n')
            Path(folder, ".claude.json").write_text(json.dumps({"mcpServers": {"acme": SERVER}}))
        known = {"ANTHROPIC_API_KEY": KEY, "ACME_TOKEN": "fake"}
        here, without = environment(home, **known), environment(blocked, **known)
        keyhole = str(Path(sys.executable).with_name("keyhole"))
        status = ("status", "--json")
        sides = {
            "the interpreter alone": process((sys.executable, "-c", "pass"), here, home),
            "keyhole token": process((keyhole, "token"), here, home),
            "keyhole headers": process((keyhole, "headers"), here, home),
            "keyhole status": process((keyhole, "status"), here, home),
            "keyhole status --json": process((keyhole, *status), here, home),
            "the same, cloud plugins blocked": process((keyhole, *status), without, home),
            "keyhole mcp headers": process((keyhole, "mcp", "headers", "acme"), here, home),
            "keyhole --help (with click)": process((keyhole, "--help"), here, home),
            "keyring --help": process((sys.executable, "-m", "keyring", "--help"), here, home),
            "import anthropic": process((sys.executable, "-c", "import anthropic"), here, home),
        }
        note = ""
        if aws := shutil.which("aws"):
            sides["aws configure list"] = process((aws, "configure", "list"), here, home)
        else:
            note = "`aws` is not on the PATH, so that `aws configure list` is left out."
        return Group("cold", "From start to end", "ms", in_turn(sides, rounds), note)
