"""Runs a suite: every competitor on every problem with every seed, and writes what came out.

    bench/suites/run --suite tpe --samplers hone:tpe,optuna:tpe --seeds 20 --trials 100 --jobs 2 \\
        --out bench/results/tpe.json

A file that is there already is continued: runs that it has are not made again. Within one problem
and seed the competitors take turns, in an order that changes with the seed, so that a loaded
machine slows all of them alike.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import sys
import time

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"  # read when numpy is first imported

import engines  # noqa: E402
import evaluations  # noqa: E402
import results as files  # noqa: E402
import suites  # noqa: E402
import workers  # noqa: E402

REFERENCE = pathlib.Path(__file__).resolve().parent / "reference.json"
SAVE_EVERY_S = 10

_worker = None  # the state of one job's process: engines, and reference values


class Worker:
    def __init__(self, builds, suite, trials):
        self.engines, self.suite, self.trials = engines.Engines(builds), suite, trials
        self.reference = json.loads(REFERENCE.read_text()) if REFERENCE.exists() else {}

    def task(self, name, seed, competitors):
        """(scale of the instance, runs, faults) of one problem and seed"""
        problem = suites.problem(name, self.suite)
        instance = problem.instance(seed)
        objective = evaluations.Objective(problem, instance, self.reference)
        runs, faults = [], []
        for competitor in rotated(competitors, seed):
            try:
                runs.append(self.run(competitor, problem, instance, objective, seed))
            except engines.EngineError as error:
                faults.append(f"{competitor.label} on {name}, seed {seed}: {error}")
        return [objective.lowest, objective.median], runs, faults

    def run(self, competitor, problem, instance, objective, seed):
        space = problem.space()
        study = self.engines.open(competitor, space, seed, self.trials, problem.n_objectives())
        front = problem.front(instance) if problem.front else None
        noise = random.Random(f"{problem.name} {instance} {seed}")  # the same for all competitors
        deviation = problem.noise * (objective.median - objective.lowest)
        values, told = [], []
        try:
            for number, point in workers.finished(study.ask, self.trials, competitor.workers,
                                                  f"{problem.name} {seed}"):
                if not space.contains(point):
                    raise engines.EngineError(f"the point {point} is not in the space")
                value = objective(point)
                if front:
                    study.tell(number, value)
                    values.append(front.add(value))
                    told.append(values[-1])
                    continue
                values.append(value)
                told.append(value + deviation * noise.gauss(0, 1))
                study.tell(number, told[-1])
        except engines.EngineError:
            self.engines.drop(study.talker)
            raise
        cpu_ms, wall_ms = (s * 1e3 / self.trials for s in (study.cpu_s(), study.wall_s))
        self.engines.done(study)
        return files.Run(competitor.label, problem.name, seed, instance, round(cpu_ms, 3),
                         round(wall_ms, 3), files.curve_of(values, told, objective.lowest))


def rotated(items, by):
    by %= len(items)
    return items[by:] + items[:by]


def _start_worker(*args):
    global _worker
    _worker = Worker(*args)


def _task(*args):
    return _worker.task(*args)


def tasks(results, problems, competitors, seeds):
    """(problem, seed, competitors that have no result yet), seed by seed"""
    for seed in range(seeds):
        for problem in problems:
            missing = [c for c in competitors
                       if (c.label, problem.name, seed) not in results.runs]
            if missing:
                yield problem.name, seed, missing


def open_results(options):
    out = pathlib.Path(options.out)
    if not out.exists():
        return files.Results(options.suite, options.trials)
    results = files.load(out)
    if options.again:
        for key in [key for key in results.runs if key[0] == options.again]:
            del results.runs[key]
        results.samplers.pop(options.again, None)
    for what in ("suite", "trials"):
        if getattr(results, what) != getattr(options, what):
            sys.exit(f"{out} holds {what} {getattr(results, what)}, not {getattr(options, what)}; "
                     "name another file")
    return results


def run(options, competitors, problems):
    """Fills the file; returns the faults."""
    results = open_results(options)
    builds = {"hone": engines.HONE, **options.hone}
    for competitor in competitors:
        before = results.samplers.get(competitor.label)
        now = results.samplers[competitor.label] = engines.version(competitor, builds)
        if before not in (None, now):
            print(f"{competitor.label} was {before} and is {now}: the file mixes both; --again "
                  "measures it anew", file=sys.stderr)
    results.machine, results.date = files.machine(), files.today()
    todo = list(tasks(results, problems, competitors, options.seeds))
    what = {p.name: {"family": p.family, "exact": p.exact()} for p in problems}
    faults, saved, start = [], time.monotonic(), time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(
            options.jobs, initializer=_start_worker,
            initargs=(options.hone, options.suite, options.trials)) as pool:
        futures = {pool.submit(_task, *task): task for task in todo}
        for done, future in enumerate(concurrent.futures.as_completed(futures), 1):
            scale, runs, failed = future.result()
            name = futures[future][0]
            for finished in runs:
                results.include(finished, scale, **what[name])
            faults += failed
            if time.monotonic() - saved > SAVE_EVERY_S or done == len(todo):
                files.save(results, options.out)
                saved = time.monotonic()
                print(f"{done}/{len(todo)} problems × seeds, {saved - start:.0f} s", flush=True)
    return faults


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench/suites/run", description=__doc__.splitlines()[0])
    parser.add_argument("--suite", default="tpe", help=", ".join(suites.SUITES))
    parser.add_argument("--samplers", default="hone:tpe,optuna:tpe",
                        help="comma-separated [LABEL=]ENGINE:SAMPLER[?option=value&…]")
    parser.add_argument("--hone", action="append", default=[], metavar="NAME=PATH",
                        help="another build of Hone as engine NAME")
    parser.add_argument("--only", default="", help="problems whose name or family contains one of these words")
    parser.add_argument("--again", metavar="LABEL", help="forget what the file has of it")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", required=True, help="file of results, continued if it exists")
    options = parser.parse_args(arguments)
    options.hone = dict(text.split("=", 1) for text in options.hone)
    return options


def main(arguments):
    options = parse(arguments)
    try:
        competitors = [engines.parse_competitor(t) for t in options.samplers.split(",")]
        problems = [p for p in suites.problems(options.suite)
                    if files.is_meant(options.only, p.name, p.family)]
    except (ValueError, KeyError) as error:
        sys.exit(f"bench/suites/run: {error.args[0]}")
    if len({c.label for c in competitors}) < len(competitors):
        sys.exit("bench/suites/run: two competitors have the same label")
    known = {"hone", *options.hone}
    for competitor in competitors:
        if competitor.engine not in known:
            environment = engines.environment_of(competitor)
            if environment is None:
                sys.exit(f"bench/suites/run: no engine is called '{competitor.engine}'")
            try:
                engines.registry_of(competitor)
            except ValueError as error:
                sys.exit(f"bench/suites/run: {error}")
            engines.make_environment(environment)
    faults = run(options, competitors, problems)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
