"""Plugins are found and loaded one by one; what is wrong with one costs the others nothing."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyhole.config import Config
from keyhole.plugins import Plugins, installed, load

GOOD = """
    from keyhole import Absent, hookimpl

    class Source:
        name, priority, selectors, billing = "{name}", {priority}, frozenset(), "other"

        def find(self, machine):
            return Absent(reason="it is not set")

    @hookimpl
    def keyhole_credential_sources():
        return [Source()]
"""


class Site:
    """A folder that distributions are installed in, as pip does it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, name: str, code: str = "", *, entries: str = "", metadata: str = "") -> None:
        """Writes one module and the metadata that points to it."""
        module = "fake_" + name.replace("-", "_")
        (self.folder / f"{module}.py").write_text(dedent(code))
        info = self.folder / f"{module}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(metadata or f"Name: keyhole-{name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(entries or f"[keyhole]\n{name} = {module}\n")

    def good(self, name: str, priority: int = 5) -> None:
        """A plugin that works and brings one source of its name."""
        self.install(name, GOOD.format(name=name, priority=priority))

    def found(self) -> list[Distribution]:
        """What is installed here."""
        importlib.invalidate_caches()
        return list(distributions(path=[str(self.folder)]))

    def load(self, config: Config | None = None) -> Plugins:
        """Loads what is installed here."""
        return load(config or Config(), self.found())


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An empty folder on the path, whose modules are forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    yield Site(folder)
    for name in [name for name in sys.modules if name.startswith("fake_")]:
        del sys.modules[name]


def _states(plugins: Plugins) -> dict[str, str]:
    return {plugin.name: plugin.state for plugin in plugins.plugins}


def _sources(plugins: Plugins) -> list[tuple[str, str]]:
    return sorted((source.distribution, source.item.name) for source in plugins.sources)


def test_a_plugin_brings_its_sources_and_commands(site: Site) -> None:
    """Everything that a plugin returns is there, with the distribution it comes from."""
    site.good("acme")
    site.install(
        "tool",
        """
        from keyhole import Command, hookimpl

        @hookimpl
        def keyhole_commands():
            return [Command("tool", "A tool.", "fake_missing:command")]
        """,
    )
    plugins = site.load()
    assert _sources(plugins) == [("keyhole-acme", "acme")]
    assert [(one.distribution, one.item.name) for one in plugins.commands] == [
        ("keyhole-tool", "tool")
    ]
    assert _states(plugins) == {"acme": "loaded", "tool": "loaded"}
    assert {plugin.version for plugin in plugins.plugins} == {"1.2"}
    assert plugins.problems == ()


def test_checks_are_asked_for_by_nobody_but_the_audit(site: Site) -> None:
    """A hook for checks is called only on demand, and what does not fit is a problem of its own."""
    site.install(
        "acme",
        """
        from keyhole import Severity, hookimpl

        class Check:
            code, severity, title = "ACME101", Severity.LOW, "a token"

            def look(self, view):
                return []

        @hookimpl
        def keyhole_audit_checks():
            return [Check(), 3]
        """,
    )
    plugins = site.load()
    assert plugins.problems == ()
    checks, (problem,) = plugins.checks()
    assert [one.item.code for one in checks] == ["ACME101"]
    assert problem.distribution == "keyhole-acme"
    assert "a int that is no check" in problem.problem


def test_an_object_can_be_a_plugin(site: Site) -> None:
    """An entry point may name an object in a module."""
    code = """
    from keyhole import hookimpl

    class Plugin:
        @hookimpl
        def keyhole_commands(self):
            return []

    plugin = Plugin()
    """
    site.install("object", code, entries="[keyhole]\nobject = fake_object:plugin\n")
    assert site.load().problems == ()


def test_one_object_is_one_plugin(site: Site) -> None:
    """A second entry point that names the same module is a problem, and the first works."""
    site.install("acme", GOOD.format(name="acme", priority=5))
    (site.folder / "fake_acme-1.2.dist-info" / "entry_points.txt").write_text(
        "[keyhole]\nacme = fake_acme\nagain = fake_acme\n"
    )
    plugins = site.load()
    assert _sources(plugins) == [("keyhole-acme", "acme")]
    assert _states(plugins) == {"acme": "loaded", "again": "failed"}


def test_options_of_pluggy_change_nothing(site: Site) -> None:
    """A hook that asks pluggy to be called first is called, and a misused option is a problem."""
    site.install(
        "acme",
        GOOD.format(name="acme", priority=5).replace("@hookimpl", "@hookimpl(tryfirst=True)"),
    )
    site.install(
        "bad", GOOD.format(name="bad", priority=5).replace("@hookimpl", "@hookimpl(wrapper=True)")
    )
    plugins = site.load()
    assert _sources(plugins) == [("keyhole-acme", "acme")]
    assert _states(plugins) == {"acme": "loaded", "bad": "failed"}


def test_nothing_installed_is_no_problem() -> None:
    """Without plugins there is nothing, and nothing is wrong."""
    assert load(Config(), []) == Plugins((), (), (), (), ())


def test_other_groups_are_left_alone(site: Site) -> None:
    """A distribution without an entry point of the group is no plugin."""
    site.install(
        "other", "raise ValueError", entries="[console_scripts]\nother = fake_other:main\n"
    )
    assert site.load() == Plugins((), (), (), (), ())


MAKES_A_BAD = {
    "import": ("import nothing_of_this_name", "can't be imported: ModuleNotFoundError"),
    "syntax": ("def", "can't be imported: SyntaxError"),
    "raising": ("raise ValueError('canary-fake')", "can't be imported: ValueError at "),
    "exiting": ("raise SystemExit(3)", "can't be imported: SystemExit"),
    "arguments": (
        """
        from keyhole import hookimpl

        @hookimpl
        def keyhole_credential_sources(machine):
            return []
        """,
        "can't be imported: PluginValidationError",
    ),
    "half": (
        """
        from keyhole import hookimpl

        @hookimpl
        def keyhole_commands():
            return []

        @hookimpl
        def keyhole_credential_sources(machine):
            return []
        """,
        "can't be imported: PluginValidationError",
    ),
}


@pytest.mark.parametrize("kind", MAKES_A_BAD)
def test_what_fails_to_load_is_named(site: Site, kind: str) -> None:
    """A plugin that can't be imported or registered is a problem, and the next one works."""
    code, problem = MAKES_A_BAD[kind]
    site.install("bad", code)
    site.good("zed")
    plugins = site.load()
    assert _states(plugins) == {"bad": "failed", "zed": "loaded"}
    assert _sources(plugins) == [("keyhole-zed", "zed")]
    (found,) = plugins.problems
    assert (found.distribution, found.plugin) == ("keyhole-bad", "bad")
    assert found.problem.startswith(problem)
    assert "canary" not in found.problem
    assert "keyhole-bad" in found.remedy


def test_a_missing_attribute_is_named(site: Site) -> None:
    """An entry point that names nothing in its module is a problem."""
    site.install("bad", entries="[keyhole]\nbad = fake_bad:nothing\n")
    (problem,) = site.load().problems
    assert problem.problem.startswith("can't be imported: AttributeError")


BODIES = {
    "raises": ("raise ValueError('canary-fake')", "failed: ValueError at "),
    "exits": ("raise SystemExit(3)", "failed: SystemExit"),
    "none": ("return None", "returned a NoneType where a list belongs"),
    "generator": ("yield 1", "returned a generator where a list belongs"),
    "one": ("return object()", "returned a object where a list belongs"),
    "text": ("return ['canary-fake']", "returned a str that is no source"),
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_hook_that_goes_wrong_is_named(site: Site, kind: str) -> None:
    """A hook that raises or returns something else is a problem, and the next plugin works."""
    body, problem = BODIES[kind]
    site.install(
        "bad",
        f"""
        from keyhole import hookimpl

        @hookimpl
        def keyhole_credential_sources():
            {body}
        """,
    )
    site.good("zed")
    plugins = site.load()
    assert _sources(plugins) == [("keyhole-zed", "zed")]
    (found,) = plugins.problems
    assert found.problem.startswith(f"keyhole_credential_sources {problem}")
    assert "canary" not in found.problem


def test_a_good_source_beside_a_bad_one_counts(site: Site) -> None:
    """A record that does not fit costs itself alone."""
    site.install(
        "acme", GOOD.format(name="acme", priority=5).replace("[Source()]", "[3, Source()]")
    )
    plugins = site.load()
    assert _sources(plugins) == [("keyhole-acme", "acme")]
    assert len(plugins.problems) == 1


def test_a_misspelt_hook_is_named(site: Site) -> None:
    """A hook that does not exist is a problem with a guess, and the plugin's others work."""
    code = (
        GOOD.format(name="acme", priority=5)
        + """
    @hookimpl
    def keyhole_comands():
        return []
    """
    )
    site.install("acme", code)
    plugins = site.load()
    assert _sources(plugins) == [("keyhole-acme", "acme")]
    (problem,) = plugins.problems
    assert problem.problem == "has no such hook: keyhole_comands (did you mean keyhole_commands?)"


def test_two_sources_of_one_name_are_both_listed(site: Site) -> None:
    """Loading keeps both claims; who is right is not decided here."""
    for name in ("one", "two"):
        site.install(name, GOOD.format(name="vault", priority=5))
    assert _sources(site.load()) == [("keyhole-one", "vault"), ("keyhole-two", "vault")]


@pytest.mark.parametrize(
    "config",
    [
        Config(block=frozenset({"bad"})),
        Config(block=frozenset({"keyhole-bad"})),
        Config(allow=frozenset({"zed"})),
        Config(allow=frozenset({"keyhole-zed"})),
    ],
)
def test_a_plugin_that_is_kept_out_is_never_imported(site: Site, config: Config) -> None:
    """What is blocked, or not among the allowed, does not run and is no problem."""
    site.install("bad", "raise ValueError")
    site.good("zed")
    plugins = site.load(config)
    assert _states(plugins) == {"bad": "blocked", "zed": "loaded"}
    assert "fake_bad" not in sys.modules
    assert plugins.problems == ()


def test_a_distribution_that_is_there_twice_counts_once(site: Site, tmp_path: Path) -> None:
    """The copy that comes first on the path is used, and the other is named with its folder."""
    other = Site(tmp_path / "other")
    other.folder.mkdir()
    site.good("acme")
    other.good("acme")
    plugins = load(Config(), [*site.found(), *other.found()])
    assert _sources(plugins) == [("keyhole-acme", "acme")]
    (problem,) = plugins.problems
    assert problem.problem == (f"is installed twice, in {site.folder} (used) and in {other.folder}")


def test_the_same_folder_twice_is_no_problem(site: Site) -> None:
    """A folder that is on the path twice brings nothing twice."""
    site.good("acme")
    plugins = load(Config(), [*site.found(), *site.found()])
    assert _sources(plugins) == [("keyhole-acme", "acme")]
    assert plugins.problems == ()


def test_names_are_normalised(site: Site) -> None:
    """A distribution's name is compared as package indexes compare it."""
    site.install("acme", metadata="Name: Keyhole_Acme\nVersion: 1\n")
    (plugin,), _ = installed(site.found())
    assert plugin.distribution == "keyhole-acme"


@pytest.mark.parametrize("entries", ["[keyhole]\nnonsense\n", "[keyhole]\nx = \n", "\x00", "[[["])
def test_a_torn_installation_costs_itself_alone(site: Site, entries: str) -> None:
    """Entry points that can't be read, of anybody's distribution, take no plugin down."""
    site.install("torn", entries=entries)
    site.good("zed")
    assert _sources(site.load()) == [("keyhole-zed", "zed")]


def test_metadata_without_name_or_version_is_survived(site: Site) -> None:
    """A distribution that does not say its version still has a text for it."""
    site.install("torn", metadata="Summary: nothing\n")
    site.good("zed")
    plugins = site.load()
    assert _sources(plugins) == [("keyhole-zed", "zed")]
    assert all(isinstance(plugin.version, str) for plugin in plugins.plugins)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None
)
@given(st.data())
def test_the_search_order_means_nothing(site: Site, data: st.DataObject) -> None:
    """Whatever order the distributions are found in, the same is loaded in the same order."""
    if not site.found():
        for name in ("acme", "bolt", "zed"):
            site.good(name)
        site.install("bad", "raise ValueError")
    shuffled = data.draw(st.permutations(site.found()))
    plugins = load(Config(), shuffled)
    assert [plugin.name for plugin in plugins.plugins] == ["acme", "bad", "bolt", "zed"]
    assert _sources(plugins) == [(f"keyhole-{name}", name) for name in ("acme", "bolt", "zed")]
    assert len(plugins.problems) == 1
