"""Both stores of the core pass the contract of every store."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyhole.stores.file import FileStore
from keyhole.stores.memory import MemoryStore
from keyhole.testing import StoreContract
from keyhole.testing.stores import Opens


class TestFileStore(StoreContract):
    @pytest.fixture
    def opens(self, tmp_path: Path) -> Opens:
        """Opens one folder."""
        return lambda: FileStore(tmp_path / "tokens")


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def opens(self) -> Opens:
        """Gives the one store: memory can't be opened anew."""
        store = MemoryStore()
        return lambda: store
