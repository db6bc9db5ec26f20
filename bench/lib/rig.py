"""What the comparisons with another tool share: building Hone, the peer's Python, running commands,
a session of `hone pipe`, and the report."""
import json
import os
import pathlib
import platform
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / "release" / "bin"
HONE = BIN / "hone"


def build(*targets):
    """Makes these targets of the preset release."""
    for words in (["--preset", "release"], ["--build", "--preset", "release", "--target", *targets]):
        subprocess.run(["cmake", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def output(command, **options):
    """What a command prints."""
    return subprocess.run([str(word) for word in command], check=True, text=True,
                          stdout=subprocess.PIPE, **options).stdout


def figures(command, **options):
    return json.loads(output(command, **options))


def optuna_python():
    """The Python of an environment with Optuna, which is made once."""
    return ROOT / output(["sh", "-c", ". bench/lib/venv.sh; optuna_python"], cwd=ROOT).strip()


class Pipe:
    """A study in a process of `hone pipe`; `label` tells it from others when something is wrong."""

    def __init__(self, label, opening):
        self.label = label
        self.process = subprocess.Popen([HONE, "pipe"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.say(opening)

    def say(self, message):
        """The answer to one message."""
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline())
        if "error" in reply:
            sys.exit(f"{self.label}: {message}: {reply['error']['message']}")
        return reply

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


def write_report(name, report):
    """Into bench/results/NAME.json."""
    folder = ROOT / "bench" / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(report, indent=2) + "\n")
