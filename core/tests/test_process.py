"""Running a helper so that it can't hang, flood or outlive the caller; and becoming a program."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from keyhole.cli import run as run_cli
from keyhole.cli.world import World
from keyhole.errors import NotExecutableError, ProgramError
from keyhole.host import RealHost
from keyhole.process import Command, Outcome, attend, replace, run
from keyhole.testing import fake_machine

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX processes"),
    pytest.mark.timeout(20),
]

PATH = {"PATH": os.environ["PATH"]}
REPLACE = "import os, sys; from keyhole.process import replace; replace(sys.argv[1:], os.environ)"


def _run(line: str, folder: Path, **options: Any) -> Outcome:
    return run(Command(line, folder, PATH, **options))


def _is_gone(process: int) -> bool:
    """Whether a process has ended, or is about to be reaped by who inherited it."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2]
        except OSError:
            return True
        if state.startswith("Z"):
            return True
        time.sleep(0.01)
    return False


def _pid(file: Path) -> int:
    for _ in range(200):
        with contextlib.suppress(OSError, ValueError):
            return int(file.read_text())
        time.sleep(0.01)
    pytest.fail("it did not start")


@pytest.mark.parametrize(
    ("line", "code"),
    [("exit 0", 0), ("exit 3", 3), ("no-such-program-at-all", 127), ("kill -TERM $$", -15)],
)
def test_the_exit_code_is_the_commands(tmp_path: Path, line: str, code: int) -> None:
    """An exit code is passed on, and a signal is a negative one."""
    assert _run(line, tmp_path).code == code


def test_it_runs_where_and_with_what_it_is_told(tmp_path: Path) -> None:
    """The folder and the whole environment are those of the command."""
    outcome = run(Command("pwd; echo $OWN; echo $HOME", tmp_path, {**PATH, "OWN": "yes"}))
    assert outcome.stdout.decode().split("\n") == [str(tmp_path.resolve()), "yes", "", ""]


def test_it_has_no_input_and_no_terminal(tmp_path: Path) -> None:
    """Its input is empty, and it leads a session of its own, which no Ctrl-C reaches."""
    outcome = _run("cat; ps -o sid= -p $$ 2>/dev/null || echo $$; echo $$; tty", tmp_path)
    session, process, terminal = outcome.stdout.decode().split("\n")[:3]
    assert session.strip() == process.strip() != str(os.getsid(0))
    assert terminal == "not a tty"


@pytest.mark.parametrize(
    "line",
    ["sleep 30", "trap '' TERM; sleep 30 & wait; sleep 30; sleep 30", "exec sleep 30 >&- 2>&-"],
    ids=["gently", "ignores SIGTERM", "closed its pipes"],
)
def test_what_is_too_slow_is_ended(tmp_path: Path, line: str) -> None:
    """A command that takes too long is ended, whatever it does with SIGTERM or its pipes."""
    outcome = _run(f"echo $$ > pid; {line}", tmp_path, timeout=0.2)
    assert outcome.code is None
    assert 0.2 <= outcome.seconds < 20
    assert _is_gone(_pid(tmp_path / "pid"))


def test_its_children_are_ended_with_it(tmp_path: Path) -> None:
    """What a command started ends with it, when the time is up."""
    outcome = _run(
        "sh -c 'echo $$ > pid; trap \"\" TERM; sleep 30; :' | cat", tmp_path, timeout=0.3
    )
    assert outcome.code is None
    assert _is_gone(_pid(tmp_path / "pid"))


def test_a_grandchild_with_the_pipe_does_not_hang_the_caller(tmp_path: Path) -> None:
    """A background process that keeps the pipe open is ended; what was printed counts."""
    outcome = _run("sleep 30 & echo $! > pid; echo sk-ant-api03-fake", tmp_path)
    assert (outcome.code, outcome.stdout) == (0, b"sk-ant-api03-fake\n")
    assert outcome.seconds < 20
    assert _is_gone(_pid(tmp_path / "pid"))


def test_a_grandchild_in_another_session_does_not_hang_the_caller(tmp_path: Path) -> None:
    """Even one that escaped the group, and can't be ended, is not waited for."""
    line = (
        f"{sys.executable} -c 'import os, time; os.setsid(); "
        'open("pid", "w").write(str(os.getpid())); time.sleep(30)\' & '
        "while [ ! -s pid ]; do sleep 0.01; done; echo done"
    )
    outcome = _run(line, tmp_path)
    try:
        assert (outcome.code, outcome.stdout) == (0, b"done\n")
        assert outcome.seconds < 20
    finally:
        os.kill(_pid(tmp_path / "pid"), signal.SIGKILL)


def test_a_flood_is_cut(tmp_path: Path) -> None:
    """Of a flood the first 64 KiB of the output and the last 4 KiB of the complaints are kept."""
    line = "head -c 3000000 /dev/zero | tr '\\0' o; (head -c 3000000 /dev/zero | tr '\\0' e; echo end) >&2"
    outcome = _run(line, tmp_path)
    assert (outcome.code, outcome.stdout) == (0, b"o" * 64 * 1024)
    assert (len(outcome.stderr), outcome.stderr[-5:]) == (4 * 1024, b"eend\n")


def test_a_flood_without_end_is_ended(tmp_path: Path) -> None:
    """A command that prints for ever is ended in time, and memory holds no more than the limit."""
    outcome = _run("yes", tmp_path, timeout=0.2)
    assert outcome.code is None
    assert len(outcome.stdout) == 64 * 1024


def test_it_is_said_once_that_it_is_slow(tmp_path: Path) -> None:
    """After a while it is said that the command still runs; a quick one is not talked about."""
    said: list[str] = []
    slow = _run("sleep 0.2", tmp_path, slow=0.05, on_slow=lambda: said.append("slow"))
    quick = _run("true", tmp_path, slow=5, on_slow=lambda: said.append("quick"))
    assert (slow.code, quick.code, said) == (0, 0, ["slow"])


def test_a_caller_who_is_interrupted_leaves_nothing_behind(tmp_path: Path) -> None:
    """Ctrl-C while a command runs ends the command."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _run("echo $$ > pid; sleep 30", tmp_path, slow=0.1, on_slow=interrupt)
    assert _is_gone(_pid(tmp_path / "pid"))


@pytest.mark.parametrize("_time", range(10))
def test_ctrl_c_at_the_very_start_ends_the_command_too(tmp_path: Path, _time: int) -> None:
    """A command that is there before its caller is ready to end it does not outlive Ctrl-C."""
    with _default_interrupt(), pytest.raises(KeyboardInterrupt):
        _run("echo $$ > pid; kill -INT $PPID; exec sleep 30", tmp_path)
    assert _is_gone(_pid(tmp_path / "pid"))


def test_a_second_ctrl_c_does_not_spare_the_command(tmp_path: Path) -> None:
    """Who presses Ctrl-C again while a deaf command gets its moment leaves nothing behind."""
    line = "trap '' TERM; echo $$ > pid; kill -INT $PPID; sleep 0.1; kill -INT $PPID; exec sleep 30"
    with _default_interrupt(), pytest.raises(KeyboardInterrupt):
        _run(line, tmp_path)
    assert _is_gone(_pid(tmp_path / "pid"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda *_: None])
def test_who_is_deaf_to_a_signal_stays_so(
    tmp_path: Path, number: signal.Signals, handler: Any
) -> None:
    """Running a command changes nothing about how its caller takes a signal."""
    before = signal.signal(number, handler)
    try:
        assert _run(f"kill -{number.name[3:]} $PPID; echo done", tmp_path).stdout == b"done\n"
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, before)


def test_a_thread_runs_commands_too(tmp_path: Path) -> None:
    """Signals are the main thread's matter; another thread's command runs without them."""
    with ThreadPoolExecutor() as pool:
        assert pool.submit(_run, "echo done", tmp_path).result().stdout == b"done\n"


FROM_A_DAEMON = """
import sys, threading
from pathlib import Path
from keyhole.process import Command, run
runs = threading.Event()
environ = {"PATH": sys.argv[2]}
line = "echo $$ > pid; exec sleep 30"
command = Command(line, Path(sys.argv[1]), environ, slow=0.2, on_slow=runs.set)
threading.Thread(target=run, args=(command,), daemon=True).start()
assert runs.wait(10)
"""


def test_a_command_of_a_daemon_thread_ends_with_the_interpreter(tmp_path: Path) -> None:
    """Who does not wait for the thread that runs a command leaves no command behind."""
    argv = [sys.executable, "-c", FROM_A_DAEMON, str(tmp_path), os.environ["PATH"]]
    subprocess.run(argv, check=True, timeout=15)
    assert _is_gone(_pid(tmp_path / "pid"))


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGHUP])
def test_a_second_signal_does_not_disturb_the_end(tmp_path: Path, second: signal.Signals) -> None:
    """Who is told twice to end ends the command, and then as one of the signals ends a process."""
    script = (
        "import sys; from pathlib import Path; from keyhole.process import Command, run; "
        "run(Command(sys.argv[2], Path(sys.argv[1]), {}))"
    )
    name = second.name.removeprefix("SIG")
    line = f"echo $$ > pid; kill -TERM $PPID; kill -{name} $PPID; exec sleep 30"
    argv = [sys.executable, "-c", script, str(tmp_path), line]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=15)
    assert done.returncode in (-signal.SIGTERM, -second)
    assert done.stderr == ""
    assert _is_gone(_pid(tmp_path / "pid"))


FIRST_PROCESS = """
import sys
from pathlib import Path
from keyhole.process import Command, run
try:
    run(Command("echo $$ > pid; kill -TERM $PPID; exec sleep 30", Path(sys.argv[1]), {}))
except KeyboardInterrupt:
    print("ended in order")
"""


def test_the_first_process_of_a_container_hears_sigterm(tmp_path: Path) -> None:
    """Where the system does not let SIGTERM end a process, it ends as it does on Ctrl-C."""
    alone = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no PID namespace can be made here")
    argv = [*alone, sys.executable, "-c", FIRST_PROCESS, str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=15)
    assert (done.stdout, done.stderr) == ("ended in order\n", "")


@contextlib.contextmanager
def _default_interrupt() -> Iterator[None]:
    """Ctrl-C as an interpreter takes it, whatever this one's starter ignores."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_no_zombie_stays(tmp_path: Path) -> None:
    """However a command ended, the system has forgotten it when its outcome is here."""
    for line, timeout in (("echo $$ > pid", 5.0), ("echo $$ > pid; sleep 30", 0.1)):
        _run(line, tmp_path, timeout=timeout)
        assert not Path(f"/proc/{_pid(tmp_path / 'pid')}").exists()


def test_nothing_of_a_command_shows(tmp_path: Path) -> None:
    """Neither the line nor the environment nor the output is in a repr."""
    secret = "sk-ant-api03-fake-process-0123456789"
    command = Command(f"echo {secret}", tmp_path, {**PATH, "KEY": secret})
    assert secret not in f"{command!r} {run(command)!r}"


def _start(*argv: str, **environ: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", REPLACE, *argv],
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_program_takes_the_place() -> None:
    """The program has the process id, the arguments and the exit code."""
    script = 'echo $$; printf "%s\\n" "$@"; exit 7'
    child = _start("sh", "-c", script, "zero", "a b", "", "--flag")
    out, err = child.communicate(timeout=10)
    assert out.decode().split("\n") == [str(child.pid), "a b", "", "--flag", ""]
    assert (child.returncode, err) == (7, b"")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_are_the_programs_own(number: signal.Signals) -> None:
    """A signal reaches the program, and who sent it sees how the program ended."""
    child = _start(
        "sh", "-c", f"trap 'exit 9' {number.name[3:]}; echo up; sleep 5 >/dev/null 2>&1 & wait"
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"up\n"
    child.send_signal(number)
    child.communicate(timeout=10)
    assert child.returncode == 9


@pytest.mark.parametrize("name", ["PIPE", "INT", "TERM"])
def test_no_signal_is_ignored_for_the_program(name: str) -> None:
    """The program starts with the signals as a shell would give them: SIGPIPE ends a pipeline."""
    child = _start("sh", "-c", f"kill -{name} $$; echo ignored")
    out, _ = child.communicate(timeout=10)
    assert (child.returncode, out) == (-getattr(signal, f"SIG{name}"), b"")


def test_what_was_printed_before_is_not_lost() -> None:
    """Output that still waits in a buffer comes before the program's own."""
    script = f"print('before', end=' '); {REPLACE}"
    said = subprocess.run(
        [sys.executable, "-c", script, "echo", "after"], capture_output=True, check=True, timeout=10
    )
    assert said.stdout == b"before after\n"


def test_the_program_is_looked_for_on_its_own_path(tmp_path: Path) -> None:
    """The PATH of the environment that is handed over decides, not the caller's."""
    _program(tmp_path / "stand-in", "#!/bin/sh\necho found\n")
    child = _start("stand-in", PATH=str(tmp_path))
    assert child.communicate(timeout=10)[0] == b"found\n"


def _program(path: Path, text: str, mode: int = 0o755) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


Missing = Callable[[Path], tuple[str, Mapping[str, str]]]


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (lambda _: ("no-such-program-at-all", PATH), 127),
        (lambda folder: (str(folder / "none"), PATH), 127),
        (lambda folder: (str(_program(folder / "mode", "#!/bin/sh\n", 0o644)), PATH), 126),
        (lambda folder: (str(_program(folder / "shebang", "no program")), PATH), 126),
        (lambda folder: (str(_program(folder / "lost", "#!/no/interpreter\n")), PATH), 126),
        (lambda folder: (str(folder), PATH), 126),
    ],
    ids=["no name", "no path", "not executable", "no program", "no interpreter", "a folder"],
)
def test_a_program_that_cannot_be_run_is_named(tmp_path: Path, what: Missing, code: int) -> None:
    """127 means that there is no such program, and 126 that it is there and can't be run."""
    program, environ = what(tmp_path)
    with pytest.raises(ProgramError) as raised:
        replace([program], environ)
    assert raised.value.exit_code == code
    assert program in str(raised.value)


@pytest.mark.parametrize("start", [replace, attend])
@pytest.mark.parametrize(
    ("text", "argument", "remedy"),
    [
        ("no program", "", "first line"),
        ("#!/no/interpreter\n", "", "first line"),
        ("#!/dev/null/x\n", "", "first line"),
        ("#!/dev/null\n", "", "mode"),
        ("#!/bin/sh\n", "n" * 3_000_000, "arguments and variables"),
    ],
    ids=["no program", "no interpreter", "no folder", "no right", "too long"],
)
def test_the_remedy_is_for_what_is_wrong(
    tmp_path: Path, start: Callable[..., int], text: str, argument: str, remedy: str
) -> None:
    """What is said to do fits the reason, whether a program is attended or takes the place."""
    program = str(_program(tmp_path / "script", text))
    with pytest.raises(NotExecutableError, match="the program can't be run: ") as caught:
        start([program, argument], PATH)
    assert (caught.value.where, remedy in caught.value.remedy) == (program, True)


def test_the_remedy_is_for_what_is_there(tmp_path: Path) -> None:
    """A folder, a link to nowhere and a file without the right mode have each a remedy."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    _program(tmp_path / "file", "#!/bin/sh\n", 0o644)
    for name, remedy in (("folder", "a folder"), ("link", "the link"), ("file", "its mode")):
        with pytest.raises(NotExecutableError) as caught:
            replace([str(tmp_path / name)], PATH)
        assert remedy in caught.value.remedy


def test_a_program_that_cannot_be_run_leaves_the_signals_alone(tmp_path: Path) -> None:
    """After a failed start a broken pipe is an error again, and does not end the caller."""
    before = signal.getsignal(signal.SIGPIPE)
    with pytest.raises(ProgramError):
        replace([str(_program(tmp_path / "lost", "#!/no/interpreter\n"))], PATH)
    assert signal.getsignal(signal.SIGPIPE) is before is signal.SIG_IGN


def test_the_command_line_ends_with_that_code(
    rotating: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`keyhole run` of a missing program ends with 127 and names it."""
    plugins = rotating("sk-ant-api03-fake-process-0123456789").resolved.survey.plugins
    monkeypatch.setattr("keyhole.plugins.load", lambda _: plugins)
    world = World(lambda **_: fake_machine(), RealHost())
    assert run_cli(["run", "--", "no-such-program-at-all"], world) == 127
    said = capsys.readouterr()
    assert said.out == ""
    assert "no-such-program-at-all" in said.err


@pytest.mark.parametrize(("line", "code"), [("exit 0", 0), ("exit 3", 3), ("kill -TERM $$", -15)])
def test_a_program_in_the_foreground_gives_its_code(line: str, code: int) -> None:
    """It runs with this process's own terminal, and its exit code comes back."""
    assert RealHost().attend(["sh", "-c", line], PATH) == code


def test_ctrl_c_is_the_programs_own() -> None:
    """While a program runs in the foreground, Ctrl-C ends it and not who waits for it."""
    before = signal.getsignal(signal.SIGINT)
    line = "kill -INT $PPID; sleep 0.1; trap 'exit 9' INT; kill -INT $$"
    assert attend(["sh", "-c", line], PATH) == 9
    assert signal.getsignal(signal.SIGINT) is before


def test_a_program_that_is_not_there_is_not_attended(tmp_path: Path) -> None:
    """What does not exist, or can't be run, is an error that names it."""
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    for program in ("no-such-program-at-all", str(script)):
        with pytest.raises(ProgramError) as caught:
            attend([program], PATH)
        assert program in caught.value.where
