"""Files of results: one JSON object, one run a line, small enough to be kept in the tree.

    suite, trials, machine, date, samplers {label: version}
    problems {name: {family, exact, scale {instance: [lowest value, median of random points]}}}
             exact: the lowest value is known, not just the lowest that was ever observed
    runs [[label, problem, seed, instance, CPU ms and wall ms a trial, curve], …]

A curve lists only the changes of the best trial, [trial, value − lowest, trial, value − lowest, …]
with trials counted from 1 and four digits, as differences of values near a large optimum need no
more. Where there is noise, the best trial is the one whose told value is the lowest, and the curve
has its value without noise, which may rise. With two objectives a curve is that of the loss of all
trials so far, see problems/front.py.
"""
import dataclasses
import datetime
import json
import os
import pathlib
import platform

FORMAT = 1


@dataclasses.dataclass
class Run:
    label: str
    problem: str
    seed: int
    instance: int
    cpu_ms: float
    wall_ms: float
    curve: list

    def key(self):
        return self.label, self.problem, self.seed

    def best_after(self, trials):
        """Best value − lowest after so many trials."""
        best = self.curve[1]
        for i in range(0, len(self.curve), 2):
            if self.curve[i] > trials:
                break
            best = self.curve[i + 1]
        return best


@dataclasses.dataclass
class Results:
    suite: str
    trials: int
    machine: str = ""
    date: str = ""
    samplers: dict = dataclasses.field(default_factory=dict)
    problems: dict = dataclasses.field(default_factory=dict)
    runs: dict = dataclasses.field(default_factory=dict)
    least: dict = dataclasses.field(default_factory=dict)  # of the file − lowest known, if below 0

    def add(self, run):
        self.runs[run.key()] = run
        place = run.problem, run.instance
        self.least[place] = min(self.least.get(place, 0.0), run.curve[-1])

    def include(self, run, scale, **what):
        """Adds a run whose curve is above scale[0]; `what` are family and exact. What the file has
        of the instance's scale stays, also when a lower value has become known since."""
        entry = self.problems.setdefault(run.problem, {**what, "scale": {}})
        higher = scale[0] - entry["scale"].setdefault(str(run.instance), scale)[0]
        if higher:
            run.curve[1::2] = [float(f"{value + higher:.4g}") for value in run.curve[1::2]]
        self.add(run)

    def labels(self):
        return list(self.samplers)

    def hone_first(self):
        """The labels, Hone's own before its peers."""
        return sorted(self.samplers, key=lambda label: not label.startswith("hone"))

    def regret(self, run, trials=None):
        """Normalised: 0 at the lowest value, 1 at the median of random points. Where the lowest
        value was only observed, a run of the file may have found a lower one, which then counts."""
        lowest, median = self.problems[run.problem]["scale"][str(run.instance)]
        least = self.least.get((run.problem, run.instance), 0.0)
        return (run.best_after(trials or self.trials) - least) / (median - lowest - least)


def is_meant(words, name, family):
    """Whether a problem is among those that comma-separated words choose; none choose all."""
    return any(word in name or word in family for word in words.split(","))


def curve_of(values, told, lowest):
    """The values of the trials that were the best by what was told of them, above `lowest`."""
    curve, best = [], None
    for trial, (value, seen) in enumerate(zip(values, told), 1):
        if best is None or seen < best:
            best = seen
            curve += [trial, float(f"{value - lowest:.4g}")]
    return curve


def load(path):
    data = json.loads(pathlib.Path(path).read_text())
    if data.get("format") != FORMAT:
        raise ValueError(f"{path} is not a file of results of bench/suites")
    results = Results(data["suite"], data["trials"], data["machine"], data["date"],
                      data["samplers"], data["problems"])
    for row in data["runs"]:
        results.add(Run(*row))
    return results


def load_all(paths):
    """Files of one suite as one: a sampler is in one of them."""
    whole = load(paths[0])
    for path in paths[1:]:
        part = load(path)
        for what in ("suite", "trials"):
            if getattr(part, what) != getattr(whole, what):
                raise ValueError(f"{path} holds {what} {getattr(part, what)}, and {paths[0]} "
                                 f"{getattr(whole, what)}")
        both = set(part.samplers) & set(whole.samplers)
        if both:
            raise ValueError(f"{path} and {paths[0]} both have {', '.join(sorted(both))}")
        whole.samplers.update(part.samplers)
        for run in part.runs.values():
            entry = part.problems[run.problem]
            whole.include(run, entry["scale"][str(run.instance)], family=entry["family"],
                          exact=entry["exact"])
    return whole


def save(results, path):
    """Through a second file and a rename, so that an interruption leaves the old one whole."""
    def dump(value):
        return json.dumps(value, separators=(",", ":"))
    head = {"format": FORMAT, "suite": results.suite, "trials": results.trials,
            "machine": results.machine, "date": results.date, "samplers": results.samplers}
    lines = [f"{dump(key)}:{dump(value)}" for key, value in head.items()]
    problems = ",\n".join(f"{dump(n)}:{dump(p)}" for n, p in sorted(results.problems.items()))
    rows = ",\n".join(dump(list(dataclasses.astuple(run)))
                      for _, run in sorted(results.runs.items()))
    lines += [f'"problems":{{\n{problems}}}', f'"runs":[\n{rows}]']
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    beside.write_text("{" + ",\n".join(lines) + "}\n")
    beside.replace(path)


def machine():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


def today():
    return datetime.datetime.now(datetime.timezone.utc).date().isoformat()
