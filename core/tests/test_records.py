"""One small file for each decision, without the secret that it is about."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from keyhole.host import RealHost
from keyhole.records import Records
from keyhole.testing import FakeHost, fake_machine

STATE = Path("/state/keyhole")
anything = st.text(st.characters(exclude_categories=()))


@given(anything, anything)
def test_each_decision_has_its_own_file(one: str, other: str) -> None:
    """Two subjects share a file exactly where they are the same."""
    records = Records(STATE, "trust")
    assert (records.path(one) == records.path(other)) is (one == other)


@given(anything)
def test_the_name_tells_nothing(about: str) -> None:
    """The file's name is a digest, safe on every file system."""
    path = Records(STATE, "approvals").path(about)
    assert path.parent == STATE / "approvals"
    assert set(path.stem) <= set("0123456789abcdef")
    assert path.suffix == ".json"


def test_a_decision_can_be_read_back() -> None:
    """What is written is what a machine then reads."""
    host, machine = FakeHost(), fake_machine()
    machine.records("trust").write(host, "/home/ada/project", {"digest": "sha256:fake", "n": 1})
    later = fake_machine(files={path: host.files[path] for path in host.files})
    assert later.decision("trust", "/home/ada/project").data == {"digest": "sha256:fake", "n": 1}
    assert later.decision("approvals", "/home/ada/project").missing


def test_a_later_decision_replaces_the_earlier() -> None:
    """There is one decision about one thing."""
    host, records = FakeHost(), Records(STATE, "trust")
    records.write(host, "a", {"n": 1})
    records.write(host, "a", {"n": 2})
    assert [json.loads(text) for text in host.files.values()] == [{"n": 2}]


def test_removing_says_whether_there_was_one() -> None:
    """A decision can be forgotten once."""
    host, records = FakeHost(), Records(STATE, "trust")
    records.write(host, "a", {})
    assert records.remove(host, "a")
    assert not records.remove(host, "a")
    assert host.files == {}


def test_a_real_host_keeps_it_too(tmp_path: Path) -> None:
    """On a real file system a decision is a JSON file that ends with a line break."""
    records = Records(tmp_path, "trust")
    records.write(RealHost(), "a", {"n": 1})
    text = records.path("a").read_text()
    assert json.loads(text) == {"n": 1}
    assert text.endswith("\n")
    assert records.remove(RealHost(), "a")
