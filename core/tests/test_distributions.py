"""The own reader of installed distributions answers as importlib.metadata does."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyhole.distributions import Entry, Listed, as_listed, listed
from keyhole.hooks import PROJECT

LINES = st.lists(
    st.sampled_from(
        [
            "[keyhole]",
            "[console_scripts]",
            " [keyhole] ",
            "[[keyhole]]",
            "acme = acme",
            "  bolt=bolt.plugin:Plugin  ",
            "zed = zed : it [extra]",
            "two = one = two",
            "# a comment",
            "#[keyhole]",
            "; = ;",
            "no entry point",
            "",
            "ä = ö",
            "= nameless",
        ]
    ),
    max_size=8,
)
METADATA = st.one_of(
    st.none(),
    st.lists(
        st.sampled_from(
            [
                "Metadata-Version: 2.4",
                "Name: keyhole-acme",
                "name: Keyhole_Acme",
                "Name:bolt",
                "Version: 1.2",
                "Version:\t3",
                "  4",
                "Summary: one",
                "",
                "Name: in the text",
                "no header",
            ]
        ),
        max_size=6,
    ),
)


@st.composite
def infos(draw: st.DrawFn) -> dict[str, bytes | None]:
    """The files of one distribution's metadata, some of which can't be read as text."""
    entries = draw(st.one_of(st.none(), LINES.map("\n".join), LINES.map("\r\n".join)))
    metadata = draw(METADATA)
    files = {
        "entry_points.txt": None if entries is None else entries.encode(),
        "METADATA": None if metadata is None else "\n".join(metadata).encode(),
        "PKG-INFO": draw(st.sampled_from([None, b"Name: old\nVersion: 0\n"])),
    }
    torn = draw(st.sampled_from([None, None, None, "entry_points.txt"]))
    return files | ({torn: b"[keyhole]\na = \xff"} if torn else {})


def _write(info: Path, files: dict[str, bytes | None]) -> None:
    info.mkdir(parents=True)
    for name, content in files.items():
        if content is not None:
            (info / name).write_bytes(content)


def _sorted(found: Any) -> list[Listed]:
    return sorted(found, key=repr)


@settings(suppress_health_check=list(HealthCheck))
@given(installed=st.lists(infos(), max_size=4), suffix=st.sampled_from(["dist-info", "EGG-INFO"]))
def test_a_folder_is_read_as_importlib_reads_it(
    installed: list[dict[str, bytes | None]],
    suffix: str,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever stands in the metadata, the same distributions with the same entries are found."""
    folder = tmp_path_factory.mktemp("site")
    for number, files in enumerate(installed):
        _write(folder / f"d{number}-1.{suffix}", files)
    monkeypatch.setattr(sys, "path", [str(folder)])
    expected = _sorted(as_listed(distributions(path=[str(folder)]), PROJECT))
    assert _sorted(listed(PROJECT)) == expected


@pytest.mark.parametrize("kind", ["zip", "egg", "file", "nothing", "relative", "twice"])
def test_every_kind_of_place_is_read_as_importlib_reads_it(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zip files, eggs, what is no folder and relative names bring what importlib finds in them."""
    files: dict[str, bytes | None] = {
        "entry_points.txt": b"[keyhole]\nacme = acme\n",
        "METADATA": b"Name: keyhole-acme\nVersion: 1.2\n",
    }
    place = tmp_path / {"egg": "acme-1.2-py3.egg", "zip": "acme.zip"}.get(kind, "site")
    if kind in {"relative", "twice"}:
        _write(place / "acme-1.2.dist-info", files)
    elif kind == "egg":
        _write(place / "EGG-INFO", {**files, "PKG-INFO": files["METADATA"]})
    elif kind == "zip":
        with zipfile.ZipFile(place, "w") as archive:
            for name, content in files.items():
                archive.writestr(f"acme-1.2.dist-info/{name}", content or b"")
    elif kind == "file":
        place.write_text("nothing")
    monkeypatch.chdir(tmp_path)
    path = [place.name if kind == "relative" else str(place)] * (2 if kind == "twice" else 1)
    monkeypatch.setattr(sys, "path", path)
    expected = list(as_listed(distributions(path=path), PROJECT))
    assert list(listed(PROJECT)) == expected
    assert bool(expected) == (kind not in {"file", "nothing"})


def test_what_is_installed_here_is_found() -> None:
    """In this environment, with its editable installations, both find the same."""
    expected = _sorted(as_listed(distributions(), PROJECT))
    assert _sorted(listed(PROJECT)) == expected
    assert any(one.name == "keyhole-environment" for one in expected)


def test_another_finder_is_asked(tmp_path: Path) -> None:
    """A finder on `sys.meta_path` that knows distributions is heard, through importlib.metadata."""
    _write(
        tmp_path / "acme-1.2.dist-info",
        {
            "entry_points.txt": b"[keyhole]\nacme = acme\n",
            "METADATA": b"Name: keyhole-acme\nVersion: 1.2\n",
        },
    )
    script = f"""
import sys
from importlib.metadata import Distribution
from pathlib import Path
class Finder:
    def find_spec(self, *_): return None
    def find_distributions(self, context): return [Distribution.at(Path({str(tmp_path)!r}) / "acme-1.2.dist-info")]
sys.meta_path.append(Finder())
from keyhole.distributions import listed
print([one.name for one in listed("keyhole")].count("keyhole-acme"))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "1", done.stderr


def _outcome(act: Any) -> Any:
    try:
        return act()
    except Exception as error:  # noqa: BLE001  # which one is compared
        return type(error)


@settings(deadline=None)
@given(
    st.sampled_from(["os", "os.path", "nothing_of_this_name", "", "os.", "o s"]),
    st.sampled_from(["", ":", ":join", ": join", ":path.join", ":nothing", ":a:b"]),
    st.sampled_from(["", " [extra]", "[a,b]", " "]),
)
def test_an_entry_point_is_loaded_as_importlib_loads_it(
    module: str, attribute: str, extras: str
) -> None:
    """The same object comes out, or an error of the same type."""
    value = module + attribute + extras
    expected = _outcome(EntryPoint("name", value, "group").load)
    assert _outcome(Entry("name", value).load) == expected
