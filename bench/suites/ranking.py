"""Ranks all samplers of files of results.

    bench/suites/rank FILE.json… [--samplers A,B,…] [--trials N] [--at N,N,…] [--least 1e-8]

Several files of one suite count as one, so that peers that are dear to run can have a file of their
own, made once. Regret is that of `compare`; a sampler's rank on a problem is that of its mean regret
over the seeds, at the end. Its 95 % interval is that of a bootstrap of problems and of seeds within
them. Only problems and seeds that every sampler has are used. For long studies `--least 1e-8` makes
ties of what is nearer to the lowest value than that, as COCO does, and a second table has the share of
the 51 targets from 100 to 1e-8 above the lowest value, evenly spaced in the logarithm, that were
reached.

Friedman's test says whether the samplers differ at all; by Nemenyi's test two of them do where their
mean ranks are further apart than the critical difference. The last table compares the first sampler
with each other one by Wilcoxon's test over problems, adjusted for their number after Holm.
"""
import argparse
import dataclasses
import random
import statistics
import sys

import results as files
import stats

SIGNIFICANT = 0.05
DRAWS = 1000
TARGETS = [10 ** (2 - k / 5) for k in range(51)]  # those of COCO


@dataclasses.dataclass
class Table:
    """regret[problem][seed] = [regret of each sampler]"""
    labels: list
    regret: dict

    def means(self):
        """[[mean regret of each sampler] of each problem]"""
        return [[statistics.fmean(column) for column in zip(*seeds)]
                for seeds in self.regret.values()]


def table(results, labels, trials, only="", least=0.0, of=None):
    """`of`: what to take of (run, trials) in place of the regret."""
    shared = set.intersection(*({(p, s) for one, p, s in results.runs if one == label}
                                for label in labels))
    regret = {}
    for problem, seed in sorted(shared):
        if files.is_meant(only, problem, results.problems[problem]["family"]):
            runs = [results.runs[label, problem, seed] for label in labels]
            row = [of(run, trials) if of else regret_of(results, run, trials, least) for run in runs]
            regret.setdefault(problem, []).append(row)
    return Table(labels, regret)


def regret_of(results, run, trials, least):
    return 0.0 if run.best_after(trials) < least else max(0.0, results.regret(run, trials))


def share_of_targets(run, trials):
    return sum(run.best_after(trials) <= target for target in TARGETS) / len(TARGETS)


def mean_ranks(means):
    return [statistics.fmean(column) for column in zip(*map(stats.ranks, means))]


def rank_intervals(regret, confidence=0.95, n=DRAWS, seed=1):
    """[(low, high) of each sampler]"""
    rng, drawn = random.Random(seed), []
    problems = list(regret.values())
    for _ in range(n):
        means = []
        for seeds in rng.choices(problems, k=len(problems)):
            again = rng.choices(seeds, k=len(seeds))
            means.append([sum(column) / len(again) for column in zip(*again)])
        drawn.append(mean_ranks(means))
    tail = round(n * (1 - confidence) / 2)
    return [(column[tail], column[n - 1 - tail]) for column in map(sorted, zip(*drawn))]


def groups(ranks, difference):
    """The longest runs of samplers, by rank, of which no two are further apart: [(first, last)]."""
    order, found = sorted(ranks), []
    for first, low in enumerate(order):
        last = max(i for i, rank in enumerate(order) if rank - low <= difference)
        if last > first and (not found or last > found[-1][1]):
            found.append((first, last))
    return found


def print_samplers(results, labels, trials, options):
    at = [t for t in options.at if t < trials] + [trials]
    tables = [table(results, labels, t, options.only, options.least) for t in at]
    end = tables[-1]
    ranks, intervals = mean_ranks(end.means()), rank_intervals(end.regret)
    width = max(map(len, labels)) + 2
    print("".ljust(width) + "".join(f"{f'regret {t}':>12}" for t in at)
          + f"{'mean rank':>12}{'95 %':>14}{'CPU ms':>10}{'wall ms':>10}")
    for i in sorted(range(len(labels)), key=lambda i: ranks[i]):
        regrets = "".join(f"{statistics.fmean(m[i] for m in t.means()):12.4f}" for t in tables)
        runs = [r for r in results.runs.values() if r.label == labels[i] and r.problem in end.regret]
        cpu, wall = (statistics.fmean(getattr(r, what) for r in runs)
                     for what in ("cpu_ms", "wall_ms"))
        interval = "{:.2f} … {:.2f}".format(*intervals[i])
        print(f"{labels[i]:{width}}{regrets}{ranks[i]:12.2f}{interval:>14}{cpu:10.3g}{wall:10.3g}")
    if options.least > 0:
        print_targets(results, labels, at, options)
    return end, ranks


def print_targets(results, labels, at, options):
    """Mean ranks and shares of targets after each number of trials."""
    width = max(map(len, labels)) + 2
    print("\n" + "".ljust(width) + "".join(f"{f'rank, targets {t}':>22}" for t in at))
    ranks = [mean_ranks(table(results, labels, t, options.only, options.least).means()) for t in at]
    shares = [table(results, labels, t, options.only, of=share_of_targets).means() for t in at]
    for i, label in enumerate(labels):
        print(f"{label:{width}}" + "".join(
            f"{rank[i]:14.2f}{statistics.fmean(row[i] for row in share):8.3f}"
            for rank, share in zip(ranks, shares)))


def print_tests(end, ranks):
    labels, means = end.labels, end.means()
    difference = stats.critical_difference(len(labels), len(means))
    print(f"\nFriedman: p = {stats.friedman(means):.2g}. Nemenyi: mean ranks that are more than "
          f"{difference:.2f} apart differ.")
    order = sorted(range(len(labels)), key=lambda i: ranks[i])
    for first, last in groups(ranks, difference):
        print("  not told apart: " + ", ".join(labels[i] for i in order[first:last + 1]))
    differences = [[row[0] - row[i] for row in means] for i in range(1, len(labels))]
    adjusted = stats.holm([stats.wilcoxon(d) for d in differences])
    head = f"{labels[0]} beside"
    width = max(map(len, [head, *labels])) + 2
    print(f"\n{head:{width}}{'lower':>8}{'equal':>8}{'higher':>8}{'difference':>12}{'p (Holm)':>10}")
    for label, d, p in zip(labels[1:], differences, adjusted):
        print(f"{label:{width}}{sum(x < 0 for x in d):8}{sum(x == 0 for x in d):8}"
              f"{sum(x > 0 for x in d):8}{statistics.fmean(d):+12.4f}{p:10.2g}"
              + ("  differs" if p < SIGNIFICANT else ""))


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench/suites/rank", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE.json")
    parser.add_argument("--samplers", help="those to rank, the one to be compared first")
    parser.add_argument("--trials", type=int, help="rank after so many trials, not at the end")
    parser.add_argument("--at", default="25,50,100", help="earlier numbers of trials to show",
                        type=lambda text: [int(word) for word in text.split(",")])
    parser.add_argument("--least", type=float, default=0.0, metavar="X",
                        help="values that are less than this above the lowest one are equal")
    parser.add_argument("--only", default="",
                        help="problems whose name or family contains one of these words")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    try:
        results = files.load_all(options.files)
    except (OSError, ValueError, KeyError) as error:
        print(f"rank: {error}", file=sys.stderr)
        return 2
    labels = options.samplers.split(",") if options.samplers else results.hone_first()
    missing = [label for label in labels if label not in results.samplers]
    if missing or len(labels) < 2:
        print(f"rank: two samplers or more of {', '.join(results.labels())} are ranked",
              file=sys.stderr)
        return 2
    trials = min(options.trials or results.trials, results.trials)
    counts = {len(seeds) for seeds in table(results, labels, trials, options.only).regret.values()}
    if not counts:
        print(f"rank: no problem and seed has all of {', '.join(labels)}", file=sys.stderr)
        return 2
    print(f"suite {results.suite}, {trials} trials, {results.machine}, {results.date}")
    for label in labels:
        print(f"  {label}: {results.samplers[label]}")
    print()
    end, ranks = print_samplers(results, labels, trials, options)
    print(f"\n{len(end.regret)} problems, {' to '.join(map(str, sorted({min(counts), max(counts)})))} "
          "seeds each")
    print_tests(end, ranks)
    return 0
