"""What the tests of the looking verbs share: a study with known trials, screens, times."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios

NO_DATABASE = ("there is no database hone.db: `hone run` begins a study, --storage names another "
               "database")

SPACE = [{"name": "lr", "spec": "log:1e-5..0.1"}, {"name": "depth", "spec": "int:2..10"},
         {"name": "opt", "spec": "sgd,adam"}, {"name": "momentum", "spec": "0..0.99 if opt==sgd"}]
POINTS = [{"lr": 0.001, "depth": 3, "opt": "adam"},
          {"lr": 0.05, "depth": 7, "opt": "sgd", "momentum": 0.9},
          {"lr": 0.00025, "depth": 10, "opt": "adam"},
          {"lr": 0.1, "depth": 2, "opt": "sgd", "momentum": 0.5}]


def pipe(hone, *messages, env=None):
    """The replies of one session of `hone pipe`."""
    lines = "".join(m if isinstance(m, str) else json.dumps(m) + "\n" for m in messages)
    done = hone("pipe", stdin=lines, env=env)
    assert (done.code, done.err) == (0, ""), done
    return [json.loads(line) for line in done.out.splitlines()]


def small_study(hone, study="default", storage="sqlite:hone.db"):
    """Four known trials: 0 COMPLETE 0.3, 1 COMPLETE 0.25 after two reports, 2 FAILED, 3 RUNNING."""
    messages = [{"space": SPACE, "seed": 7, "storage": storage, "study": study, "sampler": "random",
                 "metrics": ["loss"]}]
    for point in POINTS:
        messages += [{"enqueue": point}, {"ask": 1}]
    messages += [{"tell": 0, "value": 0.3},
                 {"report": 1, "step": 1, "value": 0.5}, {"report": 1, "step": 2, "value": 0.25},
                 {"tell": 1, "value": 0.25},
                 {"tell": 2, "state": "failed", "message": "out of patience"}]
    replies = pipe(hone, *messages)
    assert [r["params"] for r in replies if "params" in r] == POINTS
    assert not [r for r in replies if "error" in r]


def trials_of(hone, *args):
    """What `hone trials --json` says, a dictionary a trial."""
    done = hone("trials", "--json", *args)
    assert (done.code, done.err) == (0, ""), done
    return [json.loads(line) for line in done.out.splitlines()]


def same(text):
    """The text with what depends on clock, host and process replaced, and blanks run together."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "DATE", text)
    text = re.sub(r'("(?:duration|age)_s": ?)[\d.e-]+', r"\1SPAN", text)
    text = re.sub(r"\b\d+(\.\d+)?(ms|us|s|m\d\ds)\b", "SPAN", text)
    text = re.sub(r"process \d+ on \S+", "process PID on HOST", text)
    return "\n".join(re.sub(r" {2,}", "  ", line.strip()) for line in text.split("\n"))


def screen(runner, *args, columns=80):
    """What a terminal of that width shows, without colours, carriage returns."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    done = subprocess.Popen(runner.command(*args), cwd=runner.directory, stdin=follower,
                            stdout=follower, stderr=follower,
                            env={**runner.environment, "TERM": "xterm"})
    os.close(follower)
    seen = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(leader)
    done.wait()
    return re.sub(r"\x1b\[[0-9;]*m", "", seen.decode()).replace("\r\n", "\n")
