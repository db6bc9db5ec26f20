"""Whose samplers compete, and one way to talk to all of them: JSON lines, as `hone pipe` speaks.

A competitor is written `[LABEL=]ENGINE:SAMPLER[?option=value&…]`, for example `hone:tpe`,
`optuna:gp`, `wide=hone:tpe?n_candidates=64`. The option `narrow` is no sampler's: after so many
trials `hone narrow` shrinks the space of a study of Hone, with `narrow_top` and `narrow_margin` as
its --top and --margin: `hone:random?narrow=50`. Neither is `workers`: so many trials run at a time,
see workers.py. The engine `hone` is the release build, others that are builds of Hone come by
`--hone NAME=PATH`; every further engine is a file adapters/peer_NAME.py, run by the Python of an
environment of its own. Hone gets one process a study; the process of a peer, whose start takes
seconds, serves one study after another.
"""
import dataclasses
import json
import os
import pathlib
import re
import select
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HONE = ROOT / "build" / "release" / "bin" / "hone"
ANSWER_S = 900
REGISTRY = "OPTUNAHUB_REGISTRY"  # the environment's variable

# Packages of the environments; torch is heavy, and that version comes without CUDA's libraries.
TORCH = "torch==2.13.0"
PACKAGES = {
    "optuna": ["optuna==5.0.0", "cmaes==0.13.1", "scipy"],
    "optuna-gp": ["optuna==5.0.0", "scipy", TORCH],
    "optuna-auto": ["optuna==5.0.0", "optunahub==0.5.0", "cmaes==0.13.1", "scipy", TORCH],
    "hyperopt": ["hyperopt==0.3.0", "setuptools"],
    "pycma": ["cma==4.5.0"],
    "nevergrad": ["nevergrad==1.0.12"],
    "smac": ["smac==2.4.1"],
    # Without versions pip tries and builds old ones of GPy for many minutes.
    "hebo": ["HEBO==0.3.6", TORCH, "GPy==1.13.2", "gpytorch==1.11", "numpy==1.24.4",
             "scipy==1.10.1", "pandas==2.0.3", "scikit-learn==1.3.2", "catboost==1.2.10"],
    "ax": ["ax-platform==1.3.1", TORCH],
}


class EngineError(Exception):
    """An engine refused, or ended."""


@dataclasses.dataclass(frozen=True)
class Competitor:
    label: str
    engine: str
    sampler: str
    options: tuple = ()
    narrow: tuple = ()  # ("narrow", 50), ("narrow_top", 0.1) …
    workers: int = 1


def parse_competitor(text):
    match = re.fullmatch(r"(?:([^=:?]+)=)?([\w-]+):([\w-]+)(?:\?(.*))?", text)
    if not match:
        raise ValueError(f"'{text}' is not ENGINE:SAMPLER, like hone:tpe")
    label, engine, sampler, options = match.groups()
    pairs = [word.partition("=") for word in (options or "").split("&") if word]
    pairs = [(name, _option(value)) for name, _, value in pairs]
    workers = dict(pairs).get("workers", 1)
    if not isinstance(workers, int) or workers < 1:
        raise ValueError(f"'{text}': workers is a number from 1 on")
    return Competitor(label or text, engine, sampler,
                      tuple(p for p in pairs if not p[0].startswith(("narrow", "workers"))),
                      tuple(p for p in pairs if p[0].startswith("narrow")), workers)


def _option(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


class Talker:
    """A process that answers a JSON line to each; its CPU clock is read from outside."""

    def __init__(self, command):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
                       "PYTHONWARNINGS": "ignore"}
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=environment, bufsize=0)
        self.clock = (~self.process.pid << 3) | 2  # the clock of all threads of a process
        self.unread = b""

    def __call__(self, message):
        """The answer to one message; EngineError if it is an error or there is none."""
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            answer = json.loads(self._line())
        except (OSError, ValueError) as error:
            raise EngineError(f"{self.process.args[0]}: {error}") from error
        if "error" in answer:
            raise EngineError(answer["error"].get("message", answer["error"]))
        return answer

    def _line(self):
        deadline = time.monotonic() + ANSWER_S
        while b"\n" not in self.unread:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise OSError(f"no answer in {ANSWER_S} s")
            read = os.read(self.process.stdout.fileno(), 65536)
            if not read:
                raise OSError(f"ended with exit code {self.process.wait()}")
            self.unread += read
        line, _, self.unread = self.unread.partition(b"\n")
        return line

    def cpu_s(self):
        return time.clock_gettime(self.clock)

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Study:
    """One study of one competitor: `ask()` → (id, point), `tell(id, value or list of values)`."""

    def __init__(self, talker, competitor, entries, seed, budget, n_objectives):
        self.talker = talker
        opening = {"space": entries, "seed": seed, "budget": budget, "sampler": competitor.sampler}
        if n_objectives == 1:
            opening["direction"] = "minimize"
        else:
            opening["directions"] = ["minimize"] * n_objectives
        if competitor.options:
            opening["sampler_options"] = dict(competitor.options)
        self.narrowing = Narrowing(talker.process.args[0], competitor) if competitor.narrow else None
        if self.narrowing:
            opening["storage"] = self.narrowing.storage
        self.opened = talker(opening)
        self.begin_cpu_s, self.wall_s = talker.cpu_s(), 0.0

    def ask(self):
        if self.narrowing:
            self.narrowing.before_ask()
        answer = self._timed({"ask": 1})
        return answer["id"], answer["params"]

    def tell(self, number, value):
        self._timed({"tell": number, "values" if isinstance(value, list) else "value": value})

    def _timed(self, message):
        start = time.perf_counter()
        answer = self.talker(message)
        self.wall_s += time.perf_counter() - start
        return answer

    def cpu_s(self):
        """CPU seconds of the engine since the study was open."""
        return self.talker.cpu_s() - self.begin_cpu_s


class Narrowing:
    """Shrinks the space of a study between two of its trials, as a user does who sees it run."""

    def __init__(self, hone, competitor):
        options = dict(competitor.narrow)
        self.after = options.pop("narrow")
        self.folder = tempfile.TemporaryDirectory()
        self.storage = f"sqlite:{self.folder.name}/hone.db"
        self.command = [str(hone), "narrow", "-q", "--storage", self.storage]
        for name, value in options.items():
            self.command += ["--" + name.removeprefix("narrow_"), str(value)]

    def before_ask(self):
        if self.after == 0:
            done = subprocess.run(self.command, stderr=subprocess.PIPE, text=True, check=False)
            if done.returncode:
                raise EngineError(done.stderr)
        self.after -= 1


class Engines:
    """Opens studies; keeps the peers' processes."""

    def __init__(self, builds=None):
        self.builds = {"hone": HONE, **(builds or {})}
        self.peers = {}

    def open(self, competitor, space, seed, budget, n_objectives=1):
        if competitor.engine in self.builds:
            talker = Talker([self.builds[competitor.engine], "pipe"])
            entries = space.spec_entries()
        else:
            talker, entries = self._peer(competitor), space.entries()
        try:
            return Study(talker, competitor, entries, seed, budget, n_objectives)
        except EngineError:
            self.drop(talker)
            raise

    def done(self, study):
        """Ends the process of a build of Hone; that of a peer goes on."""
        if study.talker not in self.peers.values():
            study.talker.close()

    def drop(self, talker):
        """Ends a process that is in an unknown state."""
        self.peers = {name: peer for name, peer in self.peers.items() if peer is not talker}
        talker.process.kill()
        talker.close()

    def _peer(self, competitor):
        name = environment_of(competitor)
        if name not in self.peers:
            script = HERE / "adapters" / f"peer_{name.partition('-')[0]}.py"
            registry = registry_of(competitor)
            self.peers[name] = Talker([python_of(name), script, *([registry] if registry else [])])
        return self.peers[name]

    def close(self):
        for peer in self.peers.values():
            peer.close()
        self.peers = {}


def environment_of(competitor):
    """The environment of a peer's sampler; None of a build of Hone."""
    if f"{competitor.engine}-{competitor.sampler}" in PACKAGES:
        return f"{competitor.engine}-{competitor.sampler}"
    return competitor.engine if competitor.engine in PACKAGES else None


def registry_of(competitor):
    """The folder of OptunaHub's registry, which Optuna's AutoSampler is a part of and no package has;
    None of other competitors. ValueError when it is not there."""
    if environment_of(competitor) != "optuna-auto":
        return None
    named = os.environ.get(REGISTRY)
    if not named:
        raise ValueError(f"{competitor.label} is part of OptunaHub's registry: get it by `git clone "
                         f"https://github.com/optuna/optunahub-registry`, and set {REGISTRY} to that folder")
    folder = pathlib.Path(named).resolve()
    if (folder / "package").is_dir():
        folder /= "package"
    if not (folder / "samplers" / "auto_sampler").is_dir():
        raise ValueError(f"{REGISTRY}={named}: there is no package/samplers/auto_sampler in it")
    return folder


def python_of(environment):
    return ROOT / "build" / "venv" / f"suites-{environment}" / "bin" / "python"


def make_environment(name):
    """Installs the packages unless they are there; bench/lib/venv.sh knows."""
    script = f'. bench/lib/venv.sh; venv suites-{name} {" ".join(PACKAGES[name])}'
    subprocess.run(["sh", "-c", script], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def version(competitor, builds):
    """What is running: `hone 0.1.0` with the commit of its tree, or the peer's packages."""
    path = builds.get(competitor.engine)
    if path is None:
        packages = [p for p in PACKAGES[environment_of(competitor)] if "==" in p]
        registry = registry_of(competitor)
        return " ".join(packages + ([f"registry {commit_of(registry)}"] if registry else []))
    said = subprocess.run([str(path), "--version"], check=True, text=True, stdout=subprocess.PIPE)
    return f"{said.stdout.splitlines()[0]} {commit_of(pathlib.Path(path).parent)}".strip()


def commit_of(folder):
    """Of the working tree that the folder is in; "" where there is none."""
    git = ["git", "-C", str(folder), "describe", "--always", "--dirty"]
    said = subprocess.run(git, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=False)
    return said.stdout.strip()
