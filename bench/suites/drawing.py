"""Draws a file of results: FILE-regret.svg, the mean normalised regret over the trials, of all
problems and of each family; FILE-rank.svg, the mean rank among the samplers over the trials.

    bench/suites/plot FILE.json… [--samplers A,B,…] [--title TEXT] [--out STEM] [--kinds regret,rank]

With three samplers or more also FILE-difference.svg, their mean ranks at the end; a bar joins those
that Nemenyi's test does not tell apart. Several files of one suite count as one. Bands are 95 % of the mean over seeds, the problems being what they are. Only problems and seeds
that every drawn sampler has are used.
"""
import argparse
import collections
import math
import pathlib
import re
import statistics
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib import ticker  # noqa: E402

import ranking  # noqa: E402
import results as files  # noqa: E402
import stats  # noqa: E402

# Okabe and Ito's colours, which colour-blind readers can tell apart; Hone is always the first.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"]
DRAWN = [(colour, style) for style in ("-", "--") for colour in COLOURS]
INK, FAINT = "#222222", "#d9d9d9"
FLOOR = 1e-5
KINDS = {"bbob": "BBOB", "mixint": "mixed-integer", "noisy": "with noise",
         "biobj": "two objectives", "models": "scikit-learn models",
         "conditional": "conditional spaces"}
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "hone", "font.family": "sans-serif",
         "font.sans-serif": ["Helvetica", "Arial", "DejaVu Sans"], "font.size": 9,
         "axes.edgecolor": "#888888", "axes.labelcolor": INK, "text.color": INK,
         "xtick.color": INK, "ytick.color": INK, "axes.spines.top": False,
         "axes.spines.right": False, "axes.titlesize": 9.5, "axes.titlelocation": "left"}


def shared_pairs(results, labels):
    """(problem, seed) that every sampler has."""
    keys = [{(p, s) for label, p, s in results.runs if label == wanted} for wanted in labels]
    return sorted(set.intersection(*keys))


def ticks(trials):
    """The trials that are drawn: all of the first, then ever fewer."""
    return sorted({round(trials ** (i / 79)) for i in range(80)})


def regrets(results, labels, pairs, at):
    """{problem: [[{label: regret at t} for t in at] of each seed]}"""
    table = collections.defaultdict(list)
    for problem, seed in pairs:
        runs = {label: results.runs[label, problem, seed] for label in labels}
        table[problem].append([{label: max(0.0, results.regret(run, t))
                                for label, run in runs.items()} for t in at])
    return table


def mean_and_band(groups):
    """Mean over problems of the mean over seeds, and 1.96 standard errors from the seeds."""
    mean = statistics.fmean(statistics.fmean(g) for g in groups)
    variance = sum(statistics.variance(g) / len(g) for g in groups if len(g) > 1)
    return mean, 1.96 * math.sqrt(variance) / len(groups)


def curve(table, problems, value):
    """(means, bands) along the trials of value(regrets of all samplers at one trial)"""
    n = len(next(iter(table.values()))[0])
    return zip(*(mean_and_band([[value(seed[i]) for seed in table[p]] for p in problems])
                 for i in range(n)))


def draw_lines(axes, table, problems, labels, at, value_of, log_y):
    drawn = []
    for label, (colour, style) in zip(labels, DRAWN):
        means, bands = curve(table, problems, value_of(label))
        if log_y:  # the same error as a factor, as a band below zero could not be drawn
            means = [max(m, FLOOR) for m in means]
            factors = [math.exp(b / m) for m, b in zip(means, bands)]
            low, high = ([m / f for m, f in zip(means, factors)],
                         [m * f for m, f in zip(means, factors)])
        else:
            low, high = [m - b for m, b in zip(means, bands)], [m + b for m, b in zip(means, bands)]
        axes.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(at, means, style, color=colour, linewidth=1.6, label=label,
                  solid_capstyle="round")
        drawn += means
    if log_y:
        axes.set_ylim(min(drawn) / 1.5, max(drawn) * 1.3)


def finish(axes, trials, title, log_y):
    axes.set_title(title)
    axes.set_xscale("log")
    axes.set_xlim(1, trials)
    axes.xaxis.set_major_locator(ticker.FixedLocator(
        [t for t in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if t <= trials]))
    axes.xaxis.set_major_formatter(ticker.FormatStrFormatter("%d"))
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.grid(True, color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    if log_y:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(ticker.LogLocator(10, (1, 2, 5)))
        axes.yaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
        axes.yaxis.set_minor_locator(ticker.NullLocator())


def regret_of(label):
    return lambda at_once: at_once[label]


def rank_of(label, labels):
    place = labels.index(label)
    return lambda at_once: stats.ranks([at_once[name] for name in labels])[place]


def title_of(family):
    # "bbob-d5": "BBOB, 5 dimensions"
    kind, _, dimension = family.partition("-d")
    return KINDS.get(kind, kind) + (f", {dimension} dimensions" if dimension else "")


def place_of(family):
    kind, _, dimension = family.partition("-d")
    return list(KINDS).index(kind) if kind in KINDS else len(KINDS), int(dimension or 0), kind


def draw_regret(results, table, labels, at, title):
    family = {p: results.problems[p]["family"] for p in table}
    names = sorted(set(family.values()), key=place_of)
    panels = [("all problems", list(table))]
    panels += [(title_of(f), [p for p in table if family[p] == f]) for f in names]
    if len(panels) == 2:  # one family is all there is
        panels = panels[1:]
    n_columns = min(4, len(panels))
    n_rows = math.ceil(len(panels) / n_columns)
    size = max(4.5, 2.9 * n_columns + 0.4), 2.4 * n_rows + 0.7
    figure, grid = plt.subplots(n_rows, n_columns, figsize=size, squeeze=False,
                                layout="constrained")
    flat = list(grid.flat)
    for axes, (name, problems) in zip(flat, panels):
        draw_lines(axes, table, problems, labels, at, regret_of, log_y=True)
        finish(axes, at[-1], f"{name} ({len(problems)})", log_y=True)
    for axes in flat[len(panels):]:
        axes.axis("off")
    for axes in flat[max(0, len(panels) - n_columns):len(panels)]:
        axes.set_xlabel("trials")
        axes.xaxis.set_tick_params(labelbottom=True)
    for line in grid:
        line[0].set_ylabel("mean normalised regret")
    legend(figure, flat, panels, labels)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    return figure


def legend(figure, flat, panels, labels):
    """In the first empty panel, or else below."""
    handles, names = flat[0].get_legend_handles_labels()
    if len(flat) > len(panels):
        flat[len(panels)].legend(handles, names, loc="center", frameon=False, fontsize=10)
    else:
        figure.legend(handles, names, loc="outside lower center", ncols=min(2 * len(flat), len(labels)),
                      frameon=False)


def draw_rank(table, labels, at, title):
    figure, axes = plt.subplots(figsize=(5.2, 3.4), layout="constrained")
    draw_lines(axes, table, list(table), labels, at, lambda label: rank_of(label, labels),
               log_y=False)
    finish(axes, at[-1], f"{len(table)} problems; 1 is best of {len(labels)}", log_y=False)
    axes.set_xlabel("trials")
    axes.set_ylabel("mean rank")
    axes.invert_yaxis()
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=min(3, len(labels)),
                  frameon=False)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    return figure


def draw_difference(results, labels, title):
    """Mean ranks on a line, the best on the left, and bars below it (Demšar's diagram)."""
    means = ranking.table(results, labels, results.trials).means()
    ranks = ranking.mean_ranks(means)
    difference = stats.critical_difference(len(labels), len(means))
    order = sorted(range(len(labels)), key=lambda i: ranks[i])
    bars = ranking.groups(ranks, difference)
    below = 0.5 + 0.25 * len(bars)
    figure, axes = plt.subplots(figsize=(5.2, 1.3 + 0.17 * len(labels) + 0.1 * len(bars)),
                                layout="constrained")
    for place, (first, last) in enumerate(bars):
        axes.plot([ranks[order[first]] - 0.04, ranks[order[last]] + 0.04],
                  [-0.25 * (place + 1)] * 2, color=INK, linewidth=2.5)
    half = (len(order) + 1) // 2
    for place, i in enumerate(order):
        left = place < half
        height = -below - 0.55 * (place if left else len(order) - 1 - place)
        edge = 1 if left else len(labels)
        axes.plot([ranks[i], ranks[i], edge], [0, height, height], color=DRAWN[i][0], linewidth=1)
        axes.annotate(f"{labels[i]}  {ranks[i]:.2f}", (edge, height), (-4 if left else 4, 0),
                      textcoords="offset points", va="center", ha="right" if left else "left")
    axes.set_xlim(1, len(labels))
    axes.set_ylim(-below - 0.55 * half, 0)
    axes.xaxis.set_ticks_position("top")
    axes.xaxis.set_major_locator(ticker.MultipleLocator(1))
    axes.yaxis.set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["top"].set_visible(True)
    axes.set_title(f"mean rank on {len(means)} problems; critical difference {difference:.2f}")
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    return figure


def main(arguments):
    parser = argparse.ArgumentParser(prog="bench/suites/plot", description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", metavar="FILE.json")
    parser.add_argument("--samplers", help="those to draw, in this order; all by default")
    parser.add_argument("--title")
    parser.add_argument("--out", metavar="STEM", help="beginning of the pictures' names; the first "
                        "file's, without .json, by default")
    parser.add_argument("--kinds", default="regret,rank,difference", help="pictures to make")
    options = parser.parse_args(arguments)
    results = files.load_all(options.files)
    stem = options.out or options.files[0].removesuffix(".json")
    labels = options.samplers.split(",") if options.samplers else results.hone_first()
    missing = [label for label in labels if label not in results.samplers]
    if missing or len(labels) > len(DRAWN):
        sys.exit(f"plot: there are {', '.join(results.labels())}; at most {len(DRAWN)} are drawn "
                 "at once")
    pairs = shared_pairs(results, labels)
    if not pairs:
        sys.exit(f"plot: no problem and seed has all of {', '.join(labels)}")
    at = ticks(results.trials)
    table = regrets(results, labels, pairs, at)
    counts = sorted({len(seeds) for seeds in table.values()})
    n_seeds = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else f"{counts[0]}"
    title = options.title or f"Suite {results.suite}, {n_seeds} seeds a problem"
    plt.rcParams.update(STYLE)
    figures = {"regret": lambda: draw_regret(results, table, labels, at, title),
               "rank": lambda: draw_rank(table, labels, at, title)}
    if len(labels) > 2:
        figures["difference"] = lambda: draw_difference(results, labels, title)
    for kind in [kind for kind in figures if kind in options.kinds.split(",")]:
        figure = figures[kind]()
        out = pathlib.Path(f"{stem}-{kind}.svg")
        figure.savefig(out, metadata={"Date": None, "Creator": None})
        # Hundredths of a point are finer than any eye and half the file; what is written stays.
        out.write_text(re.sub(r">[^<]*<|(\d\.\d\d)\d+", lambda found: found[1] or found[0],
                              out.read_text()))
        print(out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
