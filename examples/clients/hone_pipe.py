#!/usr/bin/env python3
"""A client of `hone pipe` in Python, with nothing but the standard library.

The class is all that a program needs; below it, a small function is tuned:

    python3 examples/clients/hone_pipe.py --trials 60
"""
import argparse
import json
import math
import subprocess


class HoneError(Exception):
    """What Hone answered to a request that it could not serve; `code` is one such as EINVAL."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Pipe:
    """One session: a space, then any number of asks, reports and tells, in any order.

    space   [{"name": "lr", "spec": "log:1e-5..1"}, …]
    options seed, direction or directions, sampler, scheduler, budget, storage, study
    """

    def __init__(self, space, hone="hone", **options):
        self._process = subprocess.Popen([hone, "pipe"], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True, encoding="utf-8")
        try:
            self.sampler = self._request({"space": space, "protocol": 1, **options})["sampler"]
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the session; what was told is kept if the study has a storage."""
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def ask(self):
        """The next trial: its id and its parameters."""
        return self.ask_many(1)[0]

    def ask_many(self, n):
        """`n` trials to run at the same time; fewer when a finite space is exhausted."""
        self._send({"ask": n})
        replies = [self._receive() for _ in range(n)]
        trials = [(r["id"], r["params"]) for r in replies if "error" not in r]
        if not trials:
            self._raise_error(replies[0])
        return trials

    def tell(self, trial, value):
        """The result of a trial: a number, or a list of them for several objectives."""
        key = "values" if isinstance(value, (list, tuple)) else "value"
        values = [plain(v) for v in value] if key == "values" else plain(value)
        self._request({"tell": trial, key: values})

    def fail(self, trial, message=""):
        """The trial failed: Hone learns from that, too."""
        self._request({"tell": trial, "state": "failed", "message": message})

    def report(self, trial, step, value):
        """A value on the way; True when the trial should end now."""
        return self._request({"report": trial, "step": step, "value": plain(value)})["stop"]

    def enqueue(self, params):
        """A configuration of your own, to be asked next; what it lacks comes from the sampler."""
        self._request({"enqueue": params})

    def best(self):
        """The best trial so far: id, parameters, values."""
        reply = self._request({"best": 1})
        return reply["id"], reply["params"], reply["values"]

    def _request(self, message):
        self._send(message)
        reply = self._receive()
        self._raise_error(reply)
        return reply

    def _send(self, message):
        self._process.stdin.write(json.dumps(message, allow_nan=False) + "\n")
        self._process.stdin.flush()

    def _receive(self):
        line = self._process.stdout.readline()
        if not line:
            raise EOFError("hone pipe has ended")
        return json.loads(line)

    @staticmethod
    def _raise_error(reply):
        if "error" in reply:
            raise HoneError(reply["error"]["code"], reply["error"]["message"])


def plain(value):
    """JSON has no word for numbers that are not finite: they travel as texts."""
    return value if math.isfinite(value) else str(float(value))


# --- an example: where is this function smallest? ---

SPACE = [{"name": "x", "spec": "-5..10"}, {"name": "y", "spec": "0..15"},
         {"name": "shape", "type": "categorical", "choices": ["round", "square"]},
         {"name": "corner", "spec": "0..1 if shape==square"}]


def branin(x, y):
    """The function of Branin; 0.397887 at its three minima."""
    bowl = y - 5.1 / (4 * math.pi ** 2) * x ** 2 + 5 / math.pi * x - 6
    return bowl ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def objective(params):
    penalty = 1 + params["corner"] if params["shape"] == "square" else 0
    return branin(params["x"], params["y"]) + penalty


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--trials", type=int, default=60)
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--hone", default="hone", help="the command")
    given = arguments.parse_args()
    with Pipe(SPACE, hone=given.hone, seed=given.seed, direction="minimize") as study:
        for _ in range(given.trials):
            trial, params = study.ask()
            study.tell(trial, objective(params))
        trial, params, values = study.best()
    print(f"{given.trials} trials, best {trial}: {values[0]:.6g} at {json.dumps(params)}")


if __name__ == "__main__":
    main()
