"""What the comparisons of model-based samplers share: CPU time of suggestions over a study, Hone's and
a peer's, asked after the same history.

Everything runs on one thread and is measured as CPU time of the process, which a busy machine swings
by far less than wall clock.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "suites"))

from engines import PACKAGES, make_environment, python_of  # noqa: E402
from rig import BIN, build, figures, processor, write_report  # noqa: E402

D = 10        # numbers, of Rosenbrock's function on [-2, 2]^D
STEPS = 20    # between 0 and n trials, at the ends of which peers are asked
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
              "MKL_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}


def hone_study(sampler, n, *options):
    """`ms` of every ask + tell, and the history: `points` [n][D] and `values`."""
    study = figures([BIN / "bench_suggest", sampler, D, n, *options], env=ONE_THREAD)
    flat = study["points"]
    study["points"] = [flat[i * D:(i + 1) * D] for i in range(n)]
    return study


def hone_at_once(sampler, n):
    """`ms` a point of a whole study of n trials, the clock read at its ends only."""
    return figures([BIN / "bench_suggest", sampler, D, n, "at-once"], env=ONE_THREAD)


def hone_strategy(n):
    """`ms` a point of the bare CMA-ES strategy, over n points."""
    return figures([BIN / "bench_cma", D, n], env=ONE_THREAD)


def hone_after(sampler, n, m):
    """`first_ms` and `ms` of m more trials after n random ones."""
    return figures([BIN / "bench_suggest", sampler, D, n, "after", m], env=ONE_THREAD)


def sizes(n):
    return [round(n * k / STEPS) for k in range(STEPS + 1)]


def mean_over(n, ms):
    """Mean over a study of n trials by the trapezium rule, from `ms` by size of the history."""
    at = [ms[size] for size in sizes(n)]
    return (sum(at) - (at[0] + at[-1]) / 2) / STEPS


def ask_peer(environment, script, study, wanted):
    """CPU milliseconds of the peer's ask + tell by size of the history, one of `wanted` each."""
    make_environment(environment)
    question = {"points": study["points"], "values": study["values"], "sizes": sorted(wanted),
                "low": -2, "high": 2}
    said = subprocess.run([python_of(environment), script], input=json.dumps(question), text=True,
                          stdout=subprocess.PIPE, check=True, env=ONE_THREAD)
    return {int(size): ms for size, ms in json.loads(said.stdout)["ms"].items()}


def peer_figures(environment, script, *words):
    """What a peer's script prints, as JSON."""
    make_environment(environment)
    return figures([python_of(environment), script, *words], env=ONE_THREAD)


def versions(environment):
    return [package for package in PACKAGES[environment] if "==" in package]


def median_of_studies(studies):
    """The median of several runs of one study, trial by trial."""
    return [statistics.median(ms) for ms in zip(*(study["ms"] for study in studies))]


def compare(report, name, n, bar, ours, theirs):
    """Adds one line to the report: Hone's whole study and its sampled points beside the peer's."""
    whole, sampled = statistics.mean(ours[:n]), mean_over(n, ours)
    peer = mean_over(n, theirs)
    report.setdefault(name, {})[n] = {
        "peer_ms": peer, "hone_ms": whole, "hone_at_the_same_points_ms": sampled,
        "ratio": peer / whole, "bar": bar}
    print(f"{name:10} to {n:5,} trials: {peer:8.1f} ms a suggestion, hone {whole:6.2f} "
          f"({sampled:.2f} at the same points): ratio {peer / whole:5.0f}  (bar {bar})", flush=True)


__all__ = ["D", "build", "processor", "write_report"]
