"""A page, run from top to bottom in one terminal."""

from __future__ import annotations

import sys
from pathlib import Path

from documents.blocks import Block, blocks
from documents.read import READERS
from documents.session import Session
from documents.transcript import Step, fits, steps

__all__ = ["ROOT", "pages", "run_page"]

ROOT = Path(__file__).parents[2]


def pages() -> list[Path]:
    """Every page that people read."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("plugins/*/README.md")]
    found += [page for page in ROOT.glob("docs/**/*.md") if "examples" not in page.parts]
    return sorted(found)


def run_page(page: Path, session: Session, *, whole: bool = False) -> None:
    """Runs every block; the first that is not as the page says ends it.

    Args:
        page: The page.
        session: Where it is typed.
        whole: Whether blocks are run, too, that say why they can't be run in every test.

    Raises:
        AssertionError: It says which block, and what is wrong with it.
    """
    terminal = _Terminal(session)
    for block in blocks(page):
        if whole or not block.not_run:
            try:
                terminal.run(block)
            except AssertionError as error:
                raise AssertionError(f"{block.place}: {error}") from error


class _Terminal:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._python = ""

    def run(self, block: Block) -> None:
        if block.language == "console":
            self._console(block)
        elif block.language == "python":
            self._run_python(block)
        elif block.language in READERS:
            READERS[block.language](block)
        else:
            assert block.language == "text", (
                f"'{block.language}' is no language that is run; `text` is for what is no code"
            )

    def _console(self, block: Block) -> None:
        following = [*steps(block.text)]
        for step, then in zip(following, [*following[1:], None], strict=True):
            said = self._session.type(step.command, _answers(step))
            explained = step.shown or (then and then.command == "echo $?")
            assert not self._session.code or explained, (
                f"`{step.command}` ended with {self._session.code}:\n{said}"
            )
            if step.shown:
                shown = _unanswered(step)
                assert fits(shown, said), f"`{step.command}` said\n{said}\nand not\n{step.shown}"

    def _run_python(self, block: Block) -> None:
        if block.file:
            self._session.write(block.file, block.text)
            if Path(block.file).name.startswith("test_"):
                self._tests(block.file)
            return
        self._python += block.text
        said = self._session.python(self._python)
        assert not self._session.code, said

    def _tests(self, file: str) -> None:
        said = self._session.type(
            f"PYTHONPATH=src {sys.executable} -m pytest -q -p no:cacheprovider {file} 2>&1"
        )
        assert not self._session.code, said


_PROMPT = "]: "


def _answers(step: Step) -> str:
    """What the page types at the prompts that it shows."""
    typed = [line.partition(_PROMPT)[2] for line in step.shown.splitlines() if _PROMPT in line]
    return "".join(f"{answer}\n" for answer in typed)


def _unanswered(step: Step) -> str:
    """What is shown without what is typed there, which only a terminal repeats."""
    return "\n".join(
        line.partition(_PROMPT)[0] + _PROMPT if _PROMPT in line else line
        for line in step.shown.splitlines()
    )
