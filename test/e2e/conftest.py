"""Fixtures of the end-to-end tests, which run the real command as a user would.

`hone("run", …)` runs it in an empty directory of the test's own and hands back exit code, stdout
and stderr. Every test is checked afterwards: a process that it started and that still runs makes it
fail. HONE_BUILD_DIR names the build to test, build/dev if unset.
"""
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import time
import uuid

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Under nohup it is ignored, and by all processes that the tests start: some are ended by it.
signal.signal(signal.SIGHUP, lambda *_: None)

TAG = "HONE_STUDY_TAG"
LEFTOVER_GRACE_S = 5.0


def pytest_addoption(parser):
    parser.addoption("--only", default=None, metavar="REGEX",
                     help="tests whose name (e2e/test_x.py::test_y) matches")


def pytest_collection_modifyitems(config, items):
    only = config.getoption("--only")
    if not only:
        return
    chosen = [item for item in items if re.search(only, f"e2e/{item.path.name}::{item.name}")]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


@dataclasses.dataclass
class Result:
    """How a command ended and what it wrote."""
    code: int
    out: str
    err: str


class Runner:
    """Runs one program, to its end or as a process to talk to, in the test's directory."""

    def __init__(self, program, directory, environment):
        self.program = program
        self.directory = directory
        self.environment = environment

    def command(self, *args):
        return [str(self.program), *map(str, args)]

    def __call__(self, *args, stdin="", env=None, timeout=120):
        done = subprocess.run(self.command(*args), cwd=self.directory, input=stdin, text=True,
                              capture_output=True, env={**self.environment, **(env or {})},
                              timeout=timeout, check=False)
        return Result(done.returncode, done.stdout, done.stderr)

    def start(self, *args, env=None, **options):
        """A running subprocess.Popen with text pipes; the test must wait for it or end it."""
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(self.command(*args), cwd=self.directory, text=True,
                                env={**self.environment, **(env or {})}, **{**streams, **options})


@pytest.fixture(scope="session")
def root():
    """Top directory of the source tree."""
    return ROOT


@pytest.fixture(scope="session")
def build_dir():
    """Directory of the build under test."""
    return pathlib.Path(os.environ.get("HONE_BUILD_DIR") or ROOT / "build" / "dev").resolve()


@pytest.fixture
def workdir(tmp_path, monkeypatch):
    """An empty directory, which is also the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def environment():
    """The environment of commands: nothing of Hone's but a tag that the leftover check knows."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("HONE_")}
    return {**clean, TAG: uuid.uuid4().hex, "LC_ALL": "C.UTF-8"}


@pytest.fixture
def program(build_dir, workdir, environment):
    """program("digits_train") is a Runner of build/…/bin/digits_train."""
    def find(name):
        path = build_dir / "bin" / name
        if not path.exists():
            pytest.fail(f"{path} is not built")
        return Runner(path, workdir, environment)
    return find


@pytest.fixture
def hone(program):
    """Runner of the command: hone("status", "--json").out"""
    return program("hone")


@pytest.fixture
def train(request, workdir):
    """The program ./train of the test's directory: the SCRIPT of the file that the test is in."""
    path = workdir / "train"
    path.write_text(request.module.SCRIPT)
    path.chmod(0o755)
    return path


def process_directories():
    return [entry for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit()]


def belongs_to_test(process, tag, directory):
    """Whether a process carries the test's tag or works in its directory; zombies do neither."""
    try:
        if f"{TAG}={tag}".encode() in (process / "environ").read_bytes().split(b"\0"):
            return True
        cwd = os.readlink(process / "cwd")
    except OSError:
        return False  # gone meanwhile, or somebody else's
    return cwd == str(directory) or cwd.startswith(f"{directory}/")


def leftovers(tag, directory):
    """(pid, command line) of the processes a test has left running."""
    found = []
    for process in process_directories():
        if int(process.name) != os.getpid() and belongs_to_test(process, tag, directory):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            found.append((int(process.name), b" ".join(words).decode(errors="replace").strip()))
    return found


@pytest.fixture(autouse=True)
def nothing_left_behind(request, environment):
    """Fails a test after which one of its processes still runs; ends the process."""
    directory = request.getfixturevalue("tmp_path")
    yield
    deadline = time.monotonic() + LEFTOVER_GRACE_S
    while (found := leftovers(environment[TAG], directory)) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid, _ in found:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    if found:
        listed = "; ".join(f"{pid} {command}" for pid, command in found)
        pytest.fail(f"the test left processes running: {listed}")
