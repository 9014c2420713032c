"""A key stays bound to its store, and the index tells where without telling what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from keyhole.errors import BusyError, RecordError, StoreError
from keyhole.files import RealFiles
from keyhole.host import RealHost
from keyhole.index import KIND, Entry, Index, entry_of
from keyhole.machine import Machine
from keyhole.record import TokenRecord
from keyhole.records import Records
from keyhole.secret import Secret
from keyhole.store import Availability, State, StoreFactory, TokenStore
from keyhole.stores import file, memory
from keyhole.stores.file import FileStore
from keyhole.stores.memory import MemoryStore
from keyhole.stores.move import move
from keyhole.stores.offered import BUILT_IN, Stores
from keyhole.testing import CANARY, FakeHost, fake_machine
from keyhole.tokens import Tokens

RECORD = TokenRecord(
    access_token=Secret(CANARY), refresh_token=Secret(CANARY), expires_at=1_800_003_600.0
)
CONFIG = Path(".config/keyhole/config.toml")


class Fickle:
    """A store of another plugin, whose state a test chooses."""

    priority = 500

    def __init__(self, name: str = "keyring", state: State = State.USABLE) -> None:
        self.name = name
        self.state = state
        self.inner = MemoryStore()

    def status(self) -> Availability:
        reason = "" if self.state is State.USABLE else "it is locked"
        return Availability(
            self.state, protected=True, where=self.name, reason=reason, remedy="unlock it"
        )

    def read(self, key: str) -> TokenRecord | None:
        self._check()
        return self.inner.read(key)

    def exclusive(self, key: str, *, timeout: float) -> Any:
        self._check()
        return self.inner.exclusive(key, timeout=timeout)

    def _check(self) -> None:
        if self.state is not State.USABLE:
            raise StoreError("it is locked", where=self.name, remedy="unlock it")


@attrs.define
class World:
    """The tokens of a user with a file store and another one."""

    tokens: Tokens
    fickle: Fickle
    file: FileStore


def machine_of(config: str = "") -> Machine:
    """A machine with a configuration."""
    return fake_machine(files={CONFIG: config} if config else {})


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world with a store in `tmp_path`, and a better one."""
    return world_of(tmp_path)


def world_of(tmp_path: Path, config: str = "") -> World:
    """The same with a configuration."""
    fickle, file, machine = Fickle(), FileStore(tmp_path / "tokens"), machine_of(config)
    opened: dict[str, TokenStore] = {"keyring": fickle, "file": file}
    factories = [*BUILT_IN, StoreFactory("keyring", 500, lambda _machine: fickle)]
    host = RealHost()
    index = Index(Records(tmp_path / "state", KIND), RealFiles(), host)
    return World(Tokens(Stores(factories, machine, opened), index, host), fickle, file)


def keep(world: World, key: str = "a", about: str = "the API") -> None:
    """Keeps the sample record."""
    with world.tokens.exclusive(key, about=about, timeout=1) as slot:
        slot.replace(RECORD)


def entry(world: World, key: str = "a") -> Entry:
    """The entry of a key that is there."""
    found = world.tokens.index.get(key)
    assert found is not None
    return found


def test_the_best_store_is_taken(world: World) -> None:
    """New tokens go to the store with the highest priority, and the index says so."""
    keep(world)
    assert world.fickle.inner.read("a") == RECORD
    assert entry(world).store == "keyring"
    assert entry(world).about == "the API"
    assert entry(world).expires_at == RECORD.expires_at
    assert entry(world).renewable


def test_the_index_holds_no_secret(world: World, tmp_path: Path) -> None:
    """No file of the index contains a token."""
    keep(world)
    texts = [path.read_text() for path in (tmp_path / "state").rglob("*.json")]
    assert texts
    assert CANARY not in "".join(texts)


def test_where_there_is_none_the_file_is_taken(world: World) -> None:
    """A store that does not exist on this machine is passed over for the next one."""
    world.fickle.state = State.ABSENT
    keep(world)
    assert entry(world).store == "file"


def test_a_locked_store_is_no_reason_for_plain_text(world: World) -> None:
    """A better store that can't be used now is an error with both ways out, and nothing is kept."""
    world.fickle.state = State.UNUSABLE
    with pytest.raises(StoreError, match="it is locked") as caught:
        keep(world)
    assert "unlock it" in caught.value.remedy
    assert 'use = "file"' in caught.value.remedy
    assert world.tokens.index.entries() == ()


def test_the_configuration_names_the_store(tmp_path: Path) -> None:
    """`[stores] use` decides where new tokens go."""
    world = world_of(tmp_path, '[stores]\nuse = "file"\n')
    keep(world)
    assert entry(world).store == "file"


def test_a_store_that_is_not_installed_is_named(tmp_path: Path) -> None:
    """A name that no installed store has is an error with the line and the names there are."""
    world = world_of(tmp_path, '[stores]\nuse = "redis"\n')
    with pytest.raises(StoreError, match="no token store named 'redis'") as caught:
        keep(world)
    assert caught.value.where.endswith("config.toml:2")
    assert "keyring, file, memory" in str(caught.value)


def test_a_key_stays_where_it_is(world: World) -> None:
    """When its store can't be used later, that is an error, whatever else there is."""
    keep(world)
    for state in (State.UNUSABLE, State.ABSENT):
        world.fickle.state = state
        with pytest.raises(StoreError, match="it is locked"):
            world.tokens.read("a")
        with pytest.raises(StoreError, match="it is locked"):
            keep(world)
    assert world.file.read("a") is None


def test_a_better_store_does_not_hide_what_there_is(world: World) -> None:
    """A key that was kept in the file is still read there after a better store appears."""
    world.fickle.state = State.ABSENT
    keep(world)
    world.fickle.state = State.USABLE
    assert world.tokens.read("a") == RECORD
    assert entry(world).store == "file"


def test_what_another_machine_wrote_is_indexed(world: World) -> None:
    """A key that is found in a shared store is in the index from then on."""
    with world.fickle.exclusive("a", timeout=1) as slot:
        slot.replace(RECORD)
    assert world.tokens.read("a") == RECORD
    assert entry(world).store == "keyring"


def test_deleting_forgets_the_entry(world: World) -> None:
    """A deleted key is in no store and not in the index."""
    keep(world)
    with world.tokens.exclusive("a", timeout=1) as slot:
        slot.delete()
    assert world.tokens.index.entries() == ()
    assert world.tokens.read("a") is None


def test_a_new_key_is_indexed_before_it_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the index can't be written, nothing is kept that nobody could find."""

    def fails(*_args: object) -> None:
        raise RecordError("the file can't be written: No space left on device")

    monkeypatch.setattr(RealHost, "write", fails)
    with pytest.raises(StoreError, match=r"the index .* can't be written"):
        keep(world)
    assert world.fickle.inner.read("a") is None


def test_an_index_that_lags_behind_is_no_failure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that is safe is kept, whether or not the index could be renewed."""
    keep(world)

    def fails(*_args: object) -> None:
        raise RecordError("full")

    monkeypatch.setattr(RealHost, "write", fails)
    newer = attrs.evolve(RECORD, expires_at=1.0)
    with world.tokens.exclusive("a", timeout=1) as slot:
        slot.replace(newer)
    assert world.tokens.read("a") == newer


def test_find_reads_the_index_from_the_machine() -> None:
    """A source sees an entry through the machine, and never opens a store."""
    host, machine = FakeHost(), fake_machine()
    with host.tokens(machine).exclusive("a", about="the API", timeout=1) as slot:
        slot.replace(RECORD, skew=60.0)
    found = entry_of(fake_machine(files=dict(host.files)), "a")
    assert found is not None
    assert found.ends_at == 1_800_003_600.0 - 60
    assert entry_of(fake_machine(), "a", strict=True) is None


def test_a_source_chooses_what_a_damaged_entry_is() -> None:
    """Who decides by an entry is told that it is damaged; who only shows what is known is not."""
    host = FakeHost()
    host.tokens(fake_machine()).index.put(Entry("a", "memory"))
    damaged = fake_machine(files=dict.fromkeys(host.files, "{"))
    assert entry_of(damaged, "a") is None
    with pytest.raises(StoreError, match="does not say where"):
        entry_of(damaged, "a", strict=True)


@pytest.mark.parametrize("damage", ["{", "[]", '{"key": 1, "store": "file"}', '{"key": "a"}'])
def test_a_damaged_entry_is_not_taken_for_none(world: World, tmp_path: Path, damage: str) -> None:
    """A key whose entry can't be read goes to no other store; the error names the file."""
    keep(world)
    path = next((tmp_path / "state").rglob("*.json"))
    path.write_text(damage)
    other = world_of(tmp_path, '[stores]\nuse = "file"\n').tokens
    with pytest.raises(StoreError, match="does not say where") as caught:
        other.read("a")
    assert caught.value.where == str(path)
    with pytest.raises(StoreError), other.exclusive("a", timeout=1):
        pass
    assert world.file.read("a") is None


def test_what_a_damaged_entry_advises_helps(world: World, tmp_path: Path) -> None:
    """Without the damaged file the token is found again in the store that is in force."""
    keep(world)
    path = next((tmp_path / "state").rglob("*.json"))
    path.write_text("{")
    with pytest.raises(StoreError, match="does not say where"):
        world.tokens.read("a")
    path.unlink()
    assert world.tokens.read("a") == RECORD
    assert entry(world).store == "keyring"


def test_what_everybody_can_write_is_not_relied_on(world: World, tmp_path: Path) -> None:
    """An entry that others could have written is an error, too: it says where tokens go."""
    keep(world)
    next((tmp_path / "state").rglob("*.json")).chmod(0o666)
    with pytest.raises(StoreError, match="can be written by everybody"):
        world.tokens.read("a")


def test_the_others_are_listed_beside_a_damaged_entry(world: World, tmp_path: Path) -> None:
    """The index lists what it can read, and names what it can't."""
    keep(world, "a")
    path = next((tmp_path / "state").rglob("*.json"))
    keep(world, "b")
    path.write_text("{")
    assert [one.key for one in world.tokens.index.entries()] == ["b"]
    assert [error.where for error in world.tokens.index.damaged()] == [str(path)]


def test_an_entry_that_is_damaged_during_a_hold_costs_no_record(
    world: World, tmp_path: Path
) -> None:
    """Who holds a key knows its store: a new token is kept, and the entry is written anew."""
    keep(world)
    newer = attrs.evolve(RECORD, access_token=Secret("newer"))
    with world.tokens.exclusive("a", timeout=1) as slot:
        next((tmp_path / "state").rglob("*.json")).write_text("{")
        slot.replace(newer)
    assert world.tokens.read("a") == newer
    with world.tokens.exclusive("a", timeout=1) as slot:
        next((tmp_path / "state").rglob("*.json")).write_text("{")
        slot.delete()
    assert world.tokens.read("a") is None


class Stop(Exception):  # noqa: N818  # the process ends here
    """The process was ended at this instant."""


def test_a_move_can_be_interrupted_at_any_instant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a move is cut short, running it again ends it, and no token is ever missing."""
    for instant in range(1, 40):
        world = world_of(tmp_path / str(instant))
        keep(world, "a")
        keep(world, "b")
        with monkeypatch.context() as patch:
            _stop_at(patch, instant)
            try:
                list(move(world.tokens, "keyring", "file"))
            except Stop:
                interrupted = True
            else:
                interrupted = False
        for key in ("a", "b"):
            assert world.tokens.read(key) == RECORD
        assert not any(one.problem for one in move(world.tokens, "keyring", "file"))
        for key in ("a", "b"):
            assert world.file.read(key) == RECORD
            assert world.fickle.inner.read(key) is None
            assert entry(world, key) == attrs.evolve(
                entry(world, key), store="file", leftover="", moving=""
            )
        if not interrupted:
            break
    else:
        raise AssertionError("the move never came to its end")


def _stop_at(patch: pytest.MonkeyPatch, instant: int) -> None:
    """Ends the process before the effect of this number: a write to a store or to the index."""
    left = instant

    def counted(real: Any) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            nonlocal left
            left -= 1
            if left <= 0:
                raise Stop
            return real(*args, **more)

        return call

    patch.setattr(RealHost, "write", counted(RealHost.write))
    for slot in (file._FileSlot, memory._MemorySlot):
        patch.setattr(slot, "replace", counted(slot.replace))
        patch.setattr(slot, "delete", counted(slot.delete))


def test_a_move_never_overwrites_another_login(world: World) -> None:
    """Where the other store holds another token under the key, both stay, and that is said."""
    keep(world)
    other = attrs.evolve(RECORD, access_token=Secret("other"))
    with world.file.exclusive("a", timeout=1) as slot:
        slot.replace(other)
    (moved,) = move(world.tokens, "keyring", "file")
    assert moved.problem is not None
    assert "another token" in str(moved.problem)
    assert world.tokens.read("a") == RECORD
    assert world.file.read("a") == other


def moved_in_part(world: World, patch: pytest.MonkeyPatch) -> None:
    """Moves the key from the keyring to the file, and ends the process before the last deletion."""
    keep(world)
    with patch.context() as once:

        def stop(*_args: object) -> None:
            raise Stop

        once.setattr(memory._MemorySlot, "delete", stop)
        with pytest.raises(Stop):
            list(move(world.tokens, "keyring", "file"))
    assert entry(world).leftover == "keyring"


@pytest.mark.parametrize("target", ["keyring", "vault"])
def test_a_new_move_removes_what_an_earlier_one_left(
    world: World, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    """The copy that an interrupted move left is gone before the token moves on, or back."""
    moved_in_part(world, monkeypatch)
    newer = attrs.evolve(RECORD, access_token=Secret("newer"))
    with world.tokens.exclusive("a", timeout=1) as slot:
        slot.replace(newer)
    third = Fickle("vault")
    stores: dict[str, TokenStore] = {"keyring": world.fickle, "file": world.file, "vault": third}
    factories = [StoreFactory(name, 100, lambda _machine: third) for name in stores]
    tokens = Tokens(Stores(factories, machine_of(), {**stores}), world.tokens.index, RealHost())
    (one,) = move(tokens, "file", target)
    assert one.problem is None
    kept = [name for name, store in stores.items() if store.read("a") is not None]
    assert kept == [target]
    assert tokens.read("a") == newer
    assert (entry(world).store, entry(world).leftover) == (target, "")


def test_what_is_deleted_is_deleted_where_a_move_left_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who logs out after an interrupted move does not find the token again in the old store."""
    moved_in_part(world, monkeypatch)
    with world.tokens.exclusive("a", timeout=1) as slot:
        slot.delete()
    assert world.fickle.inner.read("a") is None
    assert world.tokens.read("a") is None


def test_a_copy_that_can_not_be_deleted_stays_known(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the old store can't be used, that is said, and deleting again ends it."""
    moved_in_part(world, monkeypatch)
    world.fickle.state = State.UNUSABLE
    with (
        pytest.raises(StoreError, match="left in the store keyring") as caught,
        world.tokens.exclusive("a", timeout=1) as slot,
    ):
        slot.delete()
    assert "unlock it" in caught.value.remedy
    assert world.tokens.read("a") is None
    world.fickle.state = State.USABLE
    with world.tokens.exclusive("a", timeout=1) as slot:
        slot.delete()
    assert world.fickle.inner.read("a") is None
    assert world.tokens.index.entries() == ()


def test_a_renewal_during_a_move_stays_indexed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is renewed in the new store before the move ends is not overwritten in the index."""
    keep(world)
    real = memory._MemorySlot.delete
    newer = attrs.evolve(RECORD, expires_at=1_800_007_200.0)

    def renewed_first(slot: memory._MemorySlot) -> None:
        with world.tokens.exclusive("a", timeout=1) as other:
            other.replace(newer, skew=77.0)
        real(slot)

    monkeypatch.setattr(memory._MemorySlot, "delete", renewed_first)
    list(move(world.tokens, "keyring", "file"))
    found = entry(world)
    assert (found.expires_at, found.skew) == (newer.expires_at, 77.0)
    assert (found.store, found.leftover) == ("file", "")


def test_what_is_in_no_store_is_not_said_to_be_moved(world: World) -> None:
    """Where the old store has no record, the index forgets the key, and that is the outcome."""
    keep(world)
    with world.fickle.exclusive("a", timeout=1) as slot:
        slot.delete()
    (one,) = move(world.tokens, "keyring", "file")
    assert one.missing
    assert one.problem is None
    assert world.tokens.index.entries() == ()


def test_who_waits_while_it_is_moved_finds_it(world: World) -> None:
    """A hold that begins on a key that was moved meanwhile is taken in its new store."""
    keep(world)
    real = world.fickle.exclusive

    def moved_first(key: str, *, timeout: float) -> Any:
        world.fickle.exclusive = real  # type: ignore[method-assign]  # this once
        list(move(world.tokens, "keyring", "file"))
        return real(key, timeout=timeout)

    world.fickle.exclusive = moved_first  # type: ignore[method-assign]  # this once
    with world.tokens.exclusive("a", timeout=1) as slot:
        assert slot.record == RECORD
        with pytest.raises(BusyError), world.file.exclusive("a", timeout=0):
            pass


def test_nothing_is_moved_to_a_store_that_forgets(world: World) -> None:
    """The memory is no place to move tokens to."""
    keep(world)
    with pytest.raises(StoreError, match="forgets everything"):
        list(move(world.tokens, "keyring", "memory"))


def test_the_real_host_has_the_file_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a real machine tokens are kept below the user's data folder, in a readable record."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("KEYHOLE_CONFIG", "")
    config = tmp_path / "config" / "keyhole" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[stores]\nuse = "file"\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    tokens = RealHost().tokens(Machine.real())
    with tokens.exclusive("a", timeout=1) as slot:
        slot.replace(RECORD)
    (path,) = (tmp_path / "data" / "keyhole" / "tokens").glob("*.json")
    assert json.loads(path.read_text())["access_token"] == CANARY


def test_one_folder_for_state_and_data(tmp_path: Path) -> None:
    """Where state and data share a folder, as on Windows, the index overwrites no token."""
    host = RealHost()
    local = {"LOCALAPPDATA": str(tmp_path)}
    machine = Machine(
        environ=local, files=RealFiles(), home=tmp_path, cwd=tmp_path, platform="win32"
    )
    tokens = host.tokens(machine)
    with tokens.exclusive("a", timeout=5) as slot:
        slot.replace(RECORD)
    record = host.tokens(machine).read("a")
    assert record
    assert record.access_token == RECORD.access_token
