"""bench/suites: its statistics, its reading of spaces, its files, and its adapters.

The adapters of peers are tested where their environments are; nothing is installed for a test.
"""
import json
import math
import random
import subprocess
import sys

import pytest

from conftest import ROOT

SUITES = ROOT / "bench" / "suites"
sys.dont_write_bytecode = True
sys.path[:0] = [str(SUITES), str(SUITES / "adapters")]

import comparison  # noqa: E402
import engines  # noqa: E402
import ranking  # noqa: E402
import results as files  # noqa: E402
import serve  # noqa: E402
import space as spaces  # noqa: E402
import stats  # noqa: E402
import suites  # noqa: E402
import workers  # noqa: E402
from problems import coupled  # noqa: E402
from problems.front import Front, search  # noqa: E402
from problems.problem import Problem  # noqa: E402

SPECS = {"x": "-5..5", "lr": "log:1e-5..1", "step": "0..1 step 0.25", "n": "int:1..4",
         "units": "int:log:4..512", "kind": "a,b,c", "flag": "bool", "p": "1,2 if kind==b",
         "deep": "int:2..10 step 4 if kind in {a,c}", "third": "0..1 if n>=3",
         "below": "0..1 if p==2"}


# --- statistics ---

@pytest.mark.parametrize("p, freedom, quantile", [
    (0.95, 1, 6.313752), (0.95, 9, 1.833113), (0.975, 30, 2.042272), (0.95, 1000, 1.646379)])
def test_quantiles_of_t_are_those_of_the_tables(p, freedom, quantile):
    assert stats.t_quantile(p, freedom) == pytest.approx(quantile, abs=1e-6)


def test_ranks_share_ties():
    assert stats.ranks([3.0, 1.0, 3.0, 2.0, 3.0]) == [4, 1, 4, 2, 4]


def test_wilcoxon_is_exact_for_few_differences():
    # Darwin's plants; the p is that of published software.
    plants = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]
    assert stats.wilcoxon(plants) == pytest.approx(0.041259765625, abs=1e-12)
    assert stats.wilcoxon([1, 2, 3]) == 0.25
    assert stats.wilcoxon([0, 0]) == 1
    assert stats.wilcoxon([-d for d in plants]) == stats.wilcoxon(plants)


def test_wilcoxon_counts_every_sign_of_tied_differences():
    differences = [1, 1, -1, 2, 2, 3, -3, 3]
    rank = stats.ranks([abs(d) for d in differences])
    seen = sum(r for r, d in zip(rank, differences) if d > 0)
    sums = [sum(r for i, r in enumerate(rank) if signs >> i & 1) for signs in range(2 ** len(rank))]
    low = sum(s <= min(seen, sum(rank) - seen) for s in sums)
    assert stats.wilcoxon(differences) == pytest.approx(2 * low / len(sums))


def test_wilcoxon_of_many_is_near_the_exact_one():
    rng = random.Random(3)
    many = [rng.gauss(0.25, 1) for _ in range(60)]
    exact = stats.wilcoxon(many[:50])
    rank = stats.ranks([abs(d) for d in many[:50]])
    positive = sum(r for r, d in zip(rank, many) if d > 0)
    assert stats._wilcoxon_normal(positive, rank) == pytest.approx(exact, abs=0.01)
    assert 0 < stats.wilcoxon(many) < 1


def test_bounds_cover_the_mean_as_often_as_they_say():
    rng, hits_t, hits_b, n = random.Random(5), 0, 0, 200
    for _ in range(n):
        groups = []
        for _ in range(25):
            centre = rng.gauss(0, 1)
            groups.append([rng.gauss(centre, 1) for _ in range(4)])
        hits_t += stats.mean_bound(groups) >= 0
        hits_b += stats.bootstrap_bound(groups, n=200) >= 0
    # 95 % of 200 are 190 ± 3; five deviations fail once in a million.
    assert 175 <= hits_t <= n and 175 <= hits_b <= n


def test_one_problem_alone_has_no_bound():
    assert stats.mean_bound([[1.0, 2.0]]) == math.inf


def test_friedman_and_holm_give_the_p_of_published_software():
    blocks = [[1, 2, 3], [2, 2, 3], [1, 3, 2], [1, 2, 3], [3, 1, 2]]
    assert stats.friedman(blocks) == pytest.approx(0.19562045574649356)
    assert stats.friedman([[4, 4], [7, 7]]) == 1
    assert stats.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@pytest.mark.parametrize("k, q", [(2, 2.771808), (5, 3.857656), (10, 4.474124)])
def test_quantiles_of_the_range_are_those_of_the_tables(k, q):
    assert stats.range_quantile(0.95, k) == pytest.approx(q, abs=1e-6)


def test_the_critical_difference_is_demsars():
    # Four classifiers on 14 data sets: 2.569 · √(4 · 5 / (6 · 14)).
    assert stats.critical_difference(4, 14) == pytest.approx(1.2536, abs=1e-4)


# --- results and the comparison ---

def made(reach, n_problems=12, n_seeds=4):
    """Results where sampler s reaches regret reach(s, problem, seed)."""
    made = files.Results("made", 10, "machine", "today", {"a": "1", "b": "2"})
    for problem in (f"p{i:02}" for i in range(n_problems)):
        made.problems[problem] = {"family": "f" + problem[1], "exact": True, "scale": {"1": [5.0, 15.0]}}
        for seed in range(n_seeds):
            for label in "ab":
                value = 10 * reach(label, problem, seed)
                made.add(files.Run(label, problem, seed, 1, 1.0, 2.0, [1, 20.0, 10, value]))
    return made


def test_results_survive_writing_and_reading(workdir):
    before = made(lambda label, problem, seed: 0.25)
    files.save(before, workdir / "r.json")
    after = files.load(workdir / "r.json")
    assert after == before
    json.loads((workdir / "r.json").read_text())


def test_regret_is_zero_at_the_lowest_and_one_at_the_median():
    results = made(lambda label, problem, seed: 0.25, 1, 1)
    run = results.runs["a", "p00", 0]
    assert results.regret(run) == 0.25
    assert results.regret(run, 9) == 2.0 == results.regret(run, 1)


def test_a_lower_value_than_the_known_one_becomes_the_lowest():
    results = made(lambda label, problem, seed: -0.5 if label == "b" else 0.25, 1, 1)
    assert results.regret(results.runs["b", "p00", 0]) == 0
    assert results.regret(results.runs["a", "p00", 0]) == pytest.approx(0.75 / 1.5)


def test_a_file_keeps_its_scale():
    results = made(lambda label, problem, seed: 0.25, 1, 1)
    results.include(files.Run("a", "p00", 1, 1, 1.0, 2.0, [1, 7.5, 9, 6.0]), [1.0, 15.0])
    assert results.runs["a", "p00", 1].curve == [1, 3.5, 9, 2.0]
    assert results.problems["p00"]["scale"]["1"] == [5.0, 15.0]


def test_a_curve_keeps_improvements():
    values = [3.0, 4.0, 2.5, 2.5, 1.00004]
    assert files.curve_of(values, values, 1.0) == [1, 2.0, 3, 1.5, 5, 4e-05]


def test_with_noise_the_curve_has_the_value_of_what_looked_best():
    assert files.curve_of([3.0, 4.0, 2.0], [3.5, 2.5, 2.6], 1.0) == [1, 2.0, 2, 3.0]
    run = files.Run("a", "p", 0, 1, 1.0, 2.0, [1, 2.0, 2, 3.0])
    assert [run.best_after(t) for t in (1, 2, 3)] == [2.0, 3.0, 3.0]


def test_the_better_sampler_is_not_inferior_and_the_worse_one_is():
    rng = random.Random(1)
    results = made(lambda label, problem, seed: 0.3 + (label == "b") * 0.1 + 0.05 * rng.random())
    forward = comparison.measures(comparison.pairs(results, "a", "b", 10))
    backward = comparison.measures(comparison.pairs(results, "b", "a", 10))
    assert comparison.is_not_inferior(forward, 0.02)
    assert not comparison.is_not_inferior(backward, 0.02)
    assert forward[0].difference == pytest.approx(-0.1, abs=0.02)
    assert (forward[-1].a, forward[-1].b) == (1, 2)


def test_a_small_loss_within_the_margin_fails_by_rank_alone():
    results = made(lambda label, problem, seed: 0.3 + (label == "b") * 0.001)
    backward = comparison.measures(comparison.pairs(results, "b", "a", 10))
    assert backward[0].bound() < 0.02 and not comparison.is_not_inferior(backward, 0.02)


def test_the_logarithm_is_of_problems_with_a_known_lowest_value():
    results = made(lambda label, problem, seed: (label == "b") * 0.1 if problem < "p06" else 0.01)
    found = comparison.pairs(results, "a", "b", 10)
    assert comparison.measures(found)[1].difference == pytest.approx(-1.5)
    for problem in results.problems.values():
        problem["exact"] = False
    found = comparison.pairs(results, "a", "b", 10)
    assert [m.name for m in comparison.measures(found)] == ["regret", "anytime regret", "rank"]


def compare(*arguments):
    done = subprocess.run([str(SUITES / "compare"), *map(str, arguments)], text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def test_compare_says_who_wins_by_its_exit_code(workdir):
    files.save(made(lambda label, problem, seed: 0.3 + (label == "b") * 0.1), "r.json")
    code, said = compare("a", "b", "r.json")
    assert code == 0 and "a is not inferior to b" in said, said
    code, said = compare("b", "a", "r.json")
    assert code == 1 and "b is NOT shown to be non-inferior to a" in said, said
    code, said = compare("a", "c", "r.json")
    assert code == 2 and said == ("compare: no problem and seed has both a and c; there are a, b\n")


# --- ranks of all ---

def test_samplers_are_ranked_by_the_mean_over_seeds():
    results = made(lambda label, problem, seed: (label == "b") * (0.1 if seed else 0.05))
    table = ranking.table(results, ["b", "a"], 10)
    assert table.means() == [pytest.approx([0.0875, 0])] * 12
    assert ranking.mean_ranks(table.means()) == [2, 1]
    assert ranking.rank_intervals(table.regret, n=50) == [(2, 2), (1, 1)]


def test_what_is_near_enough_is_a_tie_and_reaches_all_targets():
    results = made(lambda label, problem, seed: 1e-10 if label == "b" else 2e-10)
    assert ranking.mean_ranks(ranking.table(results, ["b", "a"], 10).means()) == [1, 2]
    table = ranking.table(results, ["b", "a"], 10, least=1e-8)
    assert ranking.mean_ranks(table.means()) == [1.5, 1.5]
    shares = ranking.table(results, ["b"], 10, of=ranking.share_of_targets)
    assert set(map(tuple, shares.means())) == {(1.0,)}
    run = files.Run("b", "p", 0, 1, 0.0, 0.0, [1, 200.0, 4, 1.0])
    assert ranking.share_of_targets(run, 3) == 0
    assert ranking.share_of_targets(run, 4) == 11 / 51  # 100, 63, … 1


def test_groups_are_the_longest_that_are_not_told_apart():
    assert ranking.groups([1.0, 1.5, 2.2, 4.0], 1.0) == [(0, 1), (1, 2)]
    assert ranking.groups([3.0, 1.0], 1.0) == []
    assert ranking.groups([1.2, 1.1, 1.3], 1.0) == [(0, 2)]


def renamed(results, names):
    """The same with other labels."""
    runs = list(results.runs.values())
    results.runs, results.samplers = {}, {names[label]: "1" for label in results.samplers}
    for run in runs:
        run.label = names[run.label]
        results.add(run)
    return results


RANKED = """\
suite made, 10 trials, machine, today
  a: 1
  b: 2
  c: 1
  d: 1

      regret 10   mean rank          95 %    CPU ms   wall ms
a        0.1000        1.00   1.00 … 1.00         1         2
c        0.2000        2.00   2.00 … 2.00         1         2
b        0.3000        3.00   3.00 … 3.00         1         2
d        0.4000        4.00   4.00 … 4.00         1         2

12 problems, 4 seeds each

Friedman: p = 7.5e-08. Nemenyi: mean ranks that are more than 1.35 apart differ.
  not told apart: a, c
  not told apart: c, b
  not told apart: b, d

a beside     lower   equal  higher  difference  p (Holm)
b               12       0       0     -0.2000    0.0015  differs
c               12       0       0     -0.1000    0.0015  differs
d               12       0       0     -0.3000    0.0015  differs
"""


def rank(*arguments):
    done = subprocess.run([str(SUITES / "rank"), *arguments], text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def test_files_of_one_suite_are_ranked_together(workdir):
    files.save(made(lambda label, problem, seed: 0.1 + (label == "b") * 0.2), "hone.json")
    files.save(renamed(made(lambda label, problem, seed: 0.2 + (label == "b") * 0.2),
                       {"a": "c", "b": "d"}), "peers.json")
    assert rank("hone.json", "peers.json") == (0, RANKED)
    assert rank("hone.json", "hone.json") == (2, "rank: hone.json and hone.json both have a, b\n")
    code, said = rank("hone.json", "--samplers", "a")
    assert (code, said) == (2, "rank: two samplers or more of a, b are ranked\n")


def test_families_and_problems_are_counted():
    results = made(lambda label, problem, seed: 0.3 - (label == "a") * 0.1 * (problem < "p06"),
                   n_seeds=6)
    (family, problems), second = comparison.rows(comparison.pairs(results, "a", "b", 10))
    assert (family.name, len(problems), len(second[1])) == ("f0", 10, 2)
    assert [p.verdict() for p in problems] == ["win"] * 6 + ["tie"] * 4


# --- spaces and suites ---

def test_the_language_is_read_as_hone_reads_it(hone):
    """Points that Hone draws lie in the space as read for the peers, and fill its choices."""
    space = spaces.parse(SPECS)
    drawn = ask_for(hone, space.spec_entries(), 200)
    assert all(space.contains(point) for point in drawn)
    ours = [space.sample(random.Random(i)) for i in range(200)]
    assert all(space.contains(point) for point in ours)
    for name in SPECS:
        parameter = next(p for p in space.parameters if p.name == name)
        share = sum(name in p for p in drawn) / 200
        assert share == pytest.approx(sum(name in p for p in ours) / 200, abs=0.2), name
        if parameter.kind == "categorical":
            assert {p[name] for p in drawn if name in p} == set(parameter.choices)


def test_spelt_out_entries_mean_the_same_to_hone(hone):
    space = spaces.parse(SPECS)
    assert ask_for(hone, space.entries(), 50) == ask_for(hone, space.spec_entries(), 50)


def ask_for(hone, entries, n):
    messages = [{"space": entries, "seed": 3, "sampler": "random"}, {"ask": n}]
    done = hone("pipe", stdin="".join(json.dumps(m) + "\n" for m in messages))
    assert done.code == 0, done.err
    return [json.loads(line)["params"] for line in done.out.splitlines()[1:]]


@pytest.mark.parametrize("point", [{"n": 1.0}, {"lr": 2}, {"step": 0.3}, {"flag": 1}, {"p": 3},
                                   {"third": 0.5}])
def test_points_outside_are_noticed(point):
    inside = {"x": 0.0, "lr": 0.1, "step": 0.25, "n": 1, "units": 4, "kind": "b", "flag": True,
              "p": 1}
    space = spaces.parse(SPECS)
    assert space.contains(inside)
    assert not space.contains({**inside, **point})


@pytest.mark.parametrize("specs", [{"a": "subset:x,y"}, {"a": "0..1", "b": "0..1 if a>0.5"},
                                   {"a": "x,y if b==1", "b": "1,2"}])
def test_what_peers_cannot_follow_is_refused(specs):
    with pytest.raises(ValueError):
        spaces.parse(specs)


@pytest.mark.parametrize("suite", suites.SUITES)
def test_every_suite_names_problems_with_readable_spaces(suite):
    problems = suites.problems(suite)
    assert len({p.name for p in problems}) == len(problems)
    for problem in problems:
        assert problem.space().parameters


def test_the_suites_for_tuning_and_reporting_share_nothing():
    shown, tuning = suites.problems("tpe"), suites.problems("tpe-tune")
    assert not {p.name for p in shown} & {p.name for p in tuning}
    assert len(shown) >= 20 and {p.family for p in shown} >= {"models", "conditional", "mixint-d5"}
    instances = {i for p in shown for i in p.instances if p.best}
    assert not instances & {i for p in tuning for i in p.instances if p.best}


@pytest.mark.parametrize("suite", [s for s in suites.SUITES if s + "-report" in suites.SUITES])
def test_a_report_is_of_other_instances_or_other_data(suite):
    built, report = ({(p.name, i) for p in suites.problems(name) for i in p.instances}
                     for name in (suite, suite + "-report"))
    assert len(built) == len(report) and not built & report


def test_coco_has_the_instances_that_are_asked_for():
    program = ("import sys; sys.path.insert(0, sys.argv[1]); import suites\n"
               "for suite in ('tpe-tune', 'core', 'core-report', 'bbob-d40-report'):\n"
               "    for p in suites.problems(suite):\n"
               "        if p.best:\n"
               "            print(p.name, *(p.best(i) < p.median(p.make(i), i, 9)\n"
               "                            for i in p.instances))\n")
    lines = of_objectives(program)
    assert len(lines) > 70 and all(line.endswith(" True" * 5) for line in lines), lines


def test_every_pair_of_functions_has_a_box():
    program = ("import sys; sys.path.insert(0, sys.argv[1]); import suites\n"
               "for suite in ('biobj-d2', 'biobj-d5', 'biobj-d10-report'):\n"
               "    for p in suites.problems(suite):\n"
               "        print(p.name, *(min(p.front(i).size) > 0 for i in p.instances))\n"
               "print(suites.problem('biobj-f1-f1-d5').best(2))\n")
    *lines, spheres = of_objectives(program)
    assert len(lines) == 30 and all(line.endswith(" True" * 5) for line in lines), lines
    assert 1 / 6 < float(spheres) < 1 / 6 + 0.001


def of_objectives(program):
    """What the program prints, in lines, by the Python that has the objectives' packages."""
    python = engines.ROOT / "build" / "venv" / "suites" / "bin" / "python"
    if not (python.parents[1] / ".ready").exists():
        pytest.skip("the environment of the objectives is not made; `bench/suites/run` makes it")
    return subprocess.run([str(python), "-B", "-c", program, str(SUITES)], text=True, timeout=100,
                          stdout=subprocess.PIPE, check=True).stdout.splitlines()


def test_synthetic_lowest_values_are_reached_and_not_undercut():
    for problem in suites.problems("conditional"):
        for instance in problem.instances:
            objective, space = problem.make(instance), problem.space()
            rng, lowest = random.Random(instance), problem.best(instance)
            values = [objective(space.sample(rng)) for _ in range(3000)]
            assert lowest - 1e-12 <= min(values) < lowest + 0.6


def descend(objective, space, point, rng):
    """Where a walk of ever smaller steps over the numbers ends; choices stay as they are."""
    free = [p for p in space.parameters if p.kind != "categorical" and p.is_active(point)
            and not any(q.parent == p.name for q in space.parameters)]
    value = objective(point)
    for i in range(3000 if free else 0):
        step, other = 0.5 ** (1 + i / 300), dict(point)
        for p in rng.sample(free, rng.randint(1, len(free))):
            at = other[p.name]
            if p.kind == "int":
                at += rng.choice((-1, 1))
            elif p.log:
                at *= (p.high / p.low) ** rng.gauss(0, step)
            else:
                at += (p.high - p.low) * rng.gauss(0, step)
            other[p.name] = min(max(at, p.low), p.high)
        found = objective(other)
        if found < value:
            point, value = other, found
    return value


@pytest.mark.parametrize("instance", (1, 6))  # of both kinds of suites
@pytest.mark.parametrize("name", coupled.FUNCTIONS)
def test_what_hangs_together_has_its_lowest_value_where_it_is_said_to_be(name, instance):
    problem, best = suites.problem(name), {}
    objective, space, rng = problem.make(instance), problem.space(), random.Random(1)
    for point in sorted((space.sample(rng) for _ in range(3000)), key=objective):
        choices = (value for value in point.values() if isinstance(value, str))
        best.setdefault((*point, *choices), point)
    left = [descend(objective, space, point, rng) - problem.best(instance)
            for point in sorted(best.values(), key=objective)[:8]]
    assert -1e-12 <= min(left) < 1e-3, left


# --- two objectives ---

def box_share(points):
    """The share of the unit square that no point is better than, cell by cell."""
    xs, ys = (sorted({0.0, 1.0, *(min(max(p[i], 0), 1) for p in points)}) for i in (0, 1))
    return sum((x2 - x1) * (y2 - y1) for x1, x2 in zip(xs, xs[1:]) for y1, y2 in zip(ys, ys[1:])
               if not any(p[0] <= x1 and p[1] <= y1 for p in points))


def test_the_loss_of_a_front_is_the_share_that_is_not_dominated():
    rng = random.Random(2)
    for _ in range(50):
        front, points = Front([1.0, -2.0], [3.0, 2.0]), []
        for _ in range(12):
            # On a grid, so that there are ties and points on the edges, and some outside.
            points.append((rng.randint(-1, 9) / 8, rng.randint(-1, 9) / 8))
            loss = front.add([1 + 2 * points[-1][0], -2 + 4 * points[-1][1]])
            assert loss == pytest.approx(box_share(points)) and loss == front.loss
        kept = [point[:2] for point in front.points]
        assert kept == sorted(kept) and [y for _, y in kept] == sorted({y for _, y in kept})[::-1]


def test_a_point_outside_the_box_is_worth_nothing():
    front = Front([0, 0], [1, 1])
    assert [front.add(v) for v in ([1, 0], [0.5, math.inf], [math.nan, 0], [2, 2])] == [1.0] * 4
    assert front.add([-1, 0.5]) == 0.5 and front.add([0.2, 0.5]) == 0.5


def two_spheres(x):
    return [sum(v ** 2 for v in x), sum((v - 2) ** 2 for v in x)]


def test_the_search_finds_the_front_of_two_spheres():
    # The second is (1 - √first)² along the front, below which lies a sixth of the box.
    found = search(Front([0, 0], [12, 12]), two_spheres, [[0] * 3, [2] * 3], -5, 5,
                   random.Random(1), 5000)
    assert 1 / 6 < found < 1 / 6 + 0.005


# --- competitors and adapters ---

def test_competitors_are_read():
    assert engines.parse_competitor("hone:tpe") == engines.Competitor("hone:tpe", "hone", "tpe")
    wide = engines.parse_competitor("wide=old:tpe?n=64&kind=a&on=true")
    assert wide == engines.Competitor("wide", "old", "tpe",
                                      (("n", 64), ("kind", "a"), ("on", True)))
    assert engines.environment_of(engines.parse_competitor("optuna:gp")) == "optuna-gp"
    with pytest.raises(ValueError):
        engines.parse_competitor("tpe")


SPHERES = Problem("spheres", "made", {"x0": "-5..5", "x1": "-5..5"},
                  lambda instance: lambda point: two_spheres(point.values()),
                  front=lambda instance: Front([0, 0], [8, 8]))


def play(text, builds, n=12, problem=suites.problem("branches")):
    """Points of a short study, of a conditional problem; two in a row must agree."""
    competitor, found = engines.parse_competitor(text), []
    space, objective = problem.space(), problem.make(1)
    opener = engines.Engines(builds)
    try:
        for _ in range(2):
            study = opener.open(competitor, space, 7, n, problem.n_objectives())
            played = []
            for _ in range(n):
                number, point = study.ask()
                assert space.contains(point), point
                study.tell(number, objective(point))
                played.append(point)
            assert study.cpu_s() >= 0 and study.wall_s > 0
            opener.done(study)
            found.append(played)
    finally:
        opener.close()
    return found


def test_a_build_of_hone_competes(hone):
    first, second = play("hone:random", {"hone": hone.program})
    assert first == second and len(first) == 12


@pytest.mark.parametrize("sampler", ["random", "tpe", "nsga2"])
def test_hone_competes_with_two_objectives(hone, sampler):
    first, second = play(f"hone:{sampler}", {"hone": hone.program}, 12, SPHERES)
    assert first == second and len(first) == 12


def test_workers_run_at_a_time_and_end_out_of_order():
    asked, ended, most = iter(range(60)), [], 0
    for trial in workers.finished(lambda: next(asked), 50, 8, "seed"):
        ended.append(trial)
        most = max(most, trial)
        running = set(range(most + 1)) - set(ended)
        assert len(running) < 8
    assert sorted(ended) == list(range(50)) != ended
    asked = iter(range(50))
    assert list(workers.finished(lambda: next(asked), 50, 1, "seed")) == list(range(50))
    assert engines.parse_competitor("a=hone:tpe?workers=4&gamma=0.2") == engines.Competitor(
        "a", "hone", "tpe", (("gamma", 0.2),), (), 4)
    with pytest.raises(ValueError, match="workers"):
        engines.parse_competitor("hone:tpe?workers=0")


def test_a_refusal_of_an_engine_is_an_error_of_the_bench(hone):
    with pytest.raises(engines.EngineError, match="nonesuch"):
        play("hone:nonesuch", {"hone": hone.program})


@pytest.mark.parametrize("peer", ["optuna:tpe", "optuna:random", "optuna:cmaes", "optuna:gp",
                                  "hyperopt:tpe", "pycma:cmaes", "nevergrad:ngopt", "nevergrad:de",
                                  "smac:forest", "smac:gp", "hebo:gp", "ax:gp"])
def test_peers_compete(peer):
    skip_without(peer)
    first, second = play(peer, {})
    assert first == second and len(first) == 12


@pytest.mark.parametrize("sampler", ["tpe", "random", "nsga2", "gp"])
def test_optuna_competes_with_two_objectives(sampler):
    skip_without(f"optuna:{sampler}")
    first, second = play(f"optuna:{sampler}", {}, 12, SPHERES)
    assert first == second and len(first) == 12


def test_a_peer_of_one_objective_says_so():
    skip_without("pycma:cmaes")
    with pytest.raises(engines.EngineError, match="^this peer has one objective only$"):
        play("pycma:cmaes", {}, 12, SPHERES)


def skip_without(peer):
    """Skips a test unless the peer's environment is there."""
    environment = engines.environment_of(engines.parse_competitor(peer))
    if not (engines.python_of(environment).parents[1] / ".ready").exists():
        pytest.skip(f"the environment of {environment} is not made; `bench/suites/run` makes it")


@pytest.mark.parametrize("end", ["low", "high"])
def test_steps_are_counted_for_peers_that_know_none(end):
    space = spaces.parse({**SPECS, "deep": "int:2..9 step 4 if kind in {a,c}"})
    entries = space.entries()
    values = {e["name"]: e["choices"][0] if e["type"] == "categorical" else serve.counted(e)[end]
              for e in entries}
    point = serve.active_point(entries, values)
    assert space.contains(point)
    assert (point["step"], point["deep"]) == ((0.0, 2) if end == "low" else (1.0, 6))
    assert ("third" in point) == (end == "high") and "p" not in point


@pytest.mark.parametrize("sent, want", [
    ({"ask": 1}, {"id": 0, "params": {"x": 1}}), ({"tell": 0, "value": "inf"}, {"ok": True})])
def test_the_peers_side_of_the_protocol(sent, want, workdir):
    program = ("import sys; sys.path.insert(0, sys.argv[1]); import serve\n"
               "class Study:\n"
               "    def __init__(self, *words): print('noise')\n"
               "    def ask(self): return 0, {'x': 1}\n"
               "    def tell(self, number, value): assert value == float('inf')\n"
               "serve.serve(Study)\n")
    opening = {"space": [], "sampler": "s", "seed": 1}
    done = subprocess.run([sys.executable, "-c", program, str(SUITES / "adapters")], text=True,
                          input=json.dumps(opening) + "\n" + json.dumps(sent) + "\n",
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines == [{"ok": True, "sampler": "s"}, want]


# --- the runner ---

def run(hone, *arguments):
    command = [sys.executable, "-B", str(SUITES / "runner.py"), "--suite", "smoke", "--only",
               "branches", "--hone", f"hone={hone.program}", "--trials", "8", *arguments]
    done = subprocess.run(command, text=True, timeout=120, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def test_a_run_is_continued_where_it_was(hone, workdir):
    assert run(hone, "--samplers", "hone:random", "--seeds", "2", "--out", "r.json")[0] == 0
    before = files.load("r.json")
    assert set(before.runs) == {("hone:random", "branches", seed) for seed in (0, 1)}
    code, said = run(hone, "--samplers", "hone:random,q=hone:qmc", "--seeds", "3", "--jobs", "2",
                     "--out", "r.json")
    assert code == 0, said
    after = files.load("r.json")
    assert len(after.runs) == 6 and after.labels() == ["hone:random", "q"]
    assert all(after.runs[key] == run for key, run in before.runs.items())
    # The same seed gives the same points, in whichever file.
    assert run(hone, "--samplers", "hone:random", "--seeds", "1", "--out", "s.json")[0] == 0
    key = "hone:random", "branches", 0
    assert files.load("s.json").runs[key].curve == after.runs[key].curve


def test_what_does_not_fit_the_file_is_refused(hone, workdir):
    assert run(hone, "--samplers", "hone:random", "--seeds", "1", "--out", "r.json")[0] == 0
    code, said = run(hone, "--samplers", "hone:random", "--trials", "9", "--out", "r.json")
    assert code == 1 and said == "r.json holds trials 8, not 9; name another file\n"


def test_a_sampler_that_is_none_is_named_and_the_others_run(hone, workdir):
    code, said = run(hone, "--samplers", "hone:random,hone:nonesuch", "--seeds", "1", "--out",
                     "r.json")
    assert code == 1 and "hone:nonesuch on branches, seed 0: " in said, said
    assert set(files.load("r.json").runs) == {("hone:random", "branches", 0)}
