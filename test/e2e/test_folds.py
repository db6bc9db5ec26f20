"""--folds and --repeats: trials that are the mean of several runs of the command."""
import json
import os
import re
import signal

import pytest

from lookers import trials_of
from waiting import wait_for

# loss = x + fold / 10 + repeat; a line of the file `runs` for each start. While the file slow.F is
# there fold F goes on for ever; with broken.F it fails.
SCRIPT = """#!/bin/sh
echo "$HONE_TRIAL ${HONE_FOLD:-none} ${HONE_FOLDS:-none} ${HONE_REPEAT:-none} $HONE_PHASE" >> runs
echo "fold ${HONE_FOLD:-none} of trial $HONE_TRIAL"
while [ -e "slow.$HONE_FOLD" ]; do sleep 0.02; done
if [ -e "broken.$HONE_FOLD" ]; then echo "no luck today" >&2; exit 3; fi
awk "BEGIN { print \\"loss=\\" $1 + ${HONE_FOLD:-0} / 10 + ${HONE_REPEAT:-0} }"
"""

BASE = ("--seed", 1, "--minimize", "loss", "-p", "x=0..1 = 0.5")


def run(hone, *options, command=("./train", "{x}"), **more):
    return hone("run", *BASE, *options, "--", *command, **more)


def shown(hone, number, *options):
    done = hone("show", number, "--json", *options)
    assert done.code == 0, done.err
    return json.loads(done.out)


def runs(workdir):
    path = workdir / "runs"
    return path.read_text().splitlines() if path.exists() else []


@pytest.fixture(autouse=True)
def the_script(train):
    return train


def test_the_mean_and_its_error(hone, workdir):
    done = run(hone, "-n", 1, "--folds", 3)
    assert done.code == 0
    assert "Each trial is the mean over 3 folds.\n" in done.out
    assert re.search(r"^trial 0  COMPLETE  loss=0.6  \S+  x=0.5  best$", done.out, re.M)
    assert "Best: loss 0.600 ± 0.058 (3 folds) in trial 0\n" in done.out
    assert runs(workdir) == [f"0 {fold} 3 none search" for fold in range(3)]
    assert hone("best").out == "trial 0  loss 0.600 ± 0.058 (3 folds)\n  x  0.5\n"
    best = json.loads(hone("best", "--json").out)
    assert best["values"] == {"loss": 0.6}
    assert best["std_err"]["loss"] == pytest.approx(0.1 / 3 ** 0.5)
    assert [best[key] for key in ("folds", "repeats", "n_runs", "n_runs_ended")] == [3, 1, 3, 3]


def test_show_has_every_run(hone):
    run(hone, "-q", "-n", 1, "--folds", 2, "--repeats", 2)
    page = hone("show", 0).out
    assert "\n  loss        1.05 ± 0.29 (2 repeats of 2 folds)  (minimize, the best of the study)\n" \
        in page
    table = re.sub(r" +\d+ms$", " T", page[page.index("\n2 repeats of"):page.index("\nreports")],
                   flags=re.M)
    assert table == """
2 repeats of 2 folds
run  fold  repeat  loss  duration
  0     0       0   0.5 T
  1     1       0   0.6 T
  2     0       1   1.5 T
  3     1       1   1.6 T
"""
    assert "\n  hone/default/0/run-3/stdout\n" in page
    trial = shown(hone, 0)
    assert [(r["run"], r["fold"], r["repeat"], r["values"]["loss"]) for r in trial["runs"]] == \
        [(0, 0, 0, 0.5), (1, 1, 0, 0.6), (2, 0, 1, 1.5), (3, 1, 1, 1.6)]
    seeds = [r["seed"] for r in trial["runs"]]
    assert seeds[0] == seeds[1] == trial["seed"] != seeds[2] == seeds[3]
    assert trial["runs"][2]["dir"] == "hone/default/0/run-2"
    assert [(r["step"], r["values"]["loss"]) for r in trial["reports"]] == \
        [(1, 0.5), (2, 0.55), (3, pytest.approx(2.6 / 3)), (4, 1.05)]


def test_logs_of_all_runs_or_of_one(hone):
    run(hone, "-q", "-n", 1, "--folds", 2)
    assert hone("logs", 0).out == """==> hone/default/0/run-0/stdout <==
fold 0 of trial 0
loss=0.5

==> hone/default/0/run-1/stdout <==
fold 1 of trial 0
loss=0.6
"""
    assert hone("logs", 0, "--run", 1).out == "fold 1 of trial 0\nloss=0.6\n"
    done = hone("logs", 0, "--run", 2)
    assert done.code == 2
    assert done.err.startswith("hone: trial 0 has the runs 0 to 1\n")


def test_logs_follow_from_run_to_run(hone, workdir):
    (workdir / "slow.0").touch()
    (workdir / "slow.2").touch()
    study = hone.start("run", "-q", *BASE, "-n", 1, "--folds", 3, "--", "./train", "{x}")
    wait_for(lambda: len(runs(workdir)) == 1)
    logs = hone.start("logs", "-f", 0)
    assert [logs.stdout.readline() for _ in range(2)] == \
        ["==> hone/default/0/run-0/stdout <==\n", "fold 0 of trial 0\n"]
    (workdir / "slow.0").unlink()
    lines = [logs.stdout.readline() for _ in range(8)]
    assert lines[-2:] == ["==> hone/default/0/run-2/stdout <==\n", "fold 2 of trial 0\n"]
    (workdir / "slow.2").unlink()
    assert logs.communicate(timeout=20)[0] == "loss=0.7\n"
    assert study.wait(timeout=20) == 0
    study.communicate()


def test_events_name_the_run(hone):
    done = run(hone, "-n", 1, "--folds", 2, "--json")
    events = [json.loads(line) for line in done.out.splitlines()]
    parts = [e for e in events if e["event"] == "run"]
    assert [(e["trial"], e["run"], e["value"]) for e in parts] == [(0, 0, 0.5), (0, 1, 0.6)]
    assert [e["values"] for e in events if e["event"] == "finished"] == [{"loss": 0.55}]
    lines = hone("export", "--events").out.splitlines()
    ended = [json.loads(line) for line in lines if '"run_ended"' in line]
    assert [(e["run"], e["values"][0]) for e in ended] == [(0, 0.5), (1, 0.6)]


# --- a run that is killed ---

@pytest.mark.parametrize("signals", [[signal.SIGKILL], [signal.SIGTERM]])
def test_killed_in_the_third_fold_it_goes_on_there(hone, workdir, signals):
    (workdir / "slow.2").touch()
    study = hone.start("run", "-q", *BASE, "-n", 2, "--folds", 5, "--grace", "1s", "--", "./train",
                       "{x}")
    wait_for(lambda: "0 2 5 none search" in runs(workdir))
    for number in signals:
        os.kill(study.pid, number)
    study.communicate(timeout=30)
    assert study.returncode == (-signal.SIGKILL if signals[0] == signal.SIGKILL else 3)
    before = shown(hone, 0)
    assert before["n_runs_ended"] == 2
    (workdir / "slow.2").unlink()
    assert hone("resume", "-q").code == 0
    assert runs(workdir) == [f"0 {fold} 5 none search" for fold in (0, 1, 2, 2, 3, 4)] + \
        [f"1 {fold} 5 none search" for fold in range(5)]
    after = shown(hone, 0)
    assert after["runs"][:2] == before["runs"]
    assert after["values"] == {"loss": 0.7} and after["attempts"] == 2


@pytest.mark.parametrize("point", ["part.before", "part.after", "append.after"])
def test_killed_between_two_folds(hone, workdir, point):
    for nth in range(1, 5):
        study = ("--study", f"s{nth}")
        run(hone, "-q", "-n", 1, "--folds", 3, *study,
            env={"HONE_FAULT": f"{point}:{nth}:kill"})
        if hone("status", *study).code == 0:
            assert hone("resume", "-q", *study).code == 0
        else:  # there was no study yet
            run(hone, "-q", "-n", 1, "--folds", 3, *study)
        trial = shown(hone, 0, *study)
        assert trial["state"] == "COMPLETE" and trial["values"] == {"loss": 0.6}
        assert [r["values"]["loss"] for r in trial["runs"]] == [0.5, 0.6, 0.7]


def test_a_worker_knows_the_folds(hone, workdir):
    (workdir / "slow.0").touch()
    study = hone.start("run", "-q", *BASE, "-n", 2, "--folds", 2, "--", "./train", "{x}")
    wait_for(lambda: len(runs(workdir)) == 1)
    worker = hone.start("work", "-q")
    wait_for(lambda: len(runs(workdir)) == 2)
    (workdir / "slow.0").unlink()
    for process in (study, worker):
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert sorted(runs(workdir)) == sorted(f"{t} {f} 2 none search" for t in (0, 1) for f in (0, 1))


# --- failures, and stopping early ---

def test_a_fold_that_fails(hone, workdir):
    (workdir / "broken.1").touch()
    done = run(hone, "-n", 1, "--folds", 3)
    assert done.code == 4
    assert re.search(r"^trial 0  FAILED  \S+  x=0.5  1 of 3 folds  "
                     r"\(fold 1: exit code 3: no luck today\)  log hone/default/0/run-1/stderr$",
                     done.out, re.M)
    assert shown(hone, 0)["values"] == {}
    (workdir / "broken.1").unlink()
    (workdir / "runs").unlink()
    assert hone("rerun", 0, "--now").code == 0
    assert runs(workdir) == ["0 1 3 none search", "0 2 3 none search"]
    assert shown(hone, 0)["values"] == {"loss": 0.6}


def test_bad_trials_stop_after_two_folds(hone, workdir):
    done = run(hone, "-n", 30, "--folds", 5, "--scheduler", "median", "--scheduler-option",
               "n_warmup=2", "--scheduler-option", "n_startup=4")
    assert done.code == 0
    trials = trials_of(hone)
    pruned = [t for t in trials if t["state"] == "PRUNED"]
    assert pruned
    for trial in pruned:
        assert 2 <= trial["n_runs_ended"] < 5
        assert runs(workdir).count(f"{trial['number']} 1 5 none search") == 1
        assert f"{trial['number']} 4 5 none search" not in runs(workdir)
        mean = trial["params"]["x"] + 0.1 * (trial["n_runs_ended"] - 1) / 2
        assert trial["values"]["loss"] == pytest.approx(mean, abs=1e-5)
    assert re.search(r"^trial \d+  PRUNED  loss=\S+  \S+  x=\S+  2 of 5 folds  "
                     r"\(at 2 .*, the median of \d+ complete trials there\)$", done.out, re.M)
    best = json.loads(hone("best", "--json").out)
    assert best["state"] == "COMPLETE" and best["n_runs_ended"] == 5


def test_a_deterministic_study_is_the_same_after_a_kill(hone, workdir):
    options = ("-q", "-n", 16, "-j", 2, "--deterministic", "--folds", 3, "--scheduler", "median",
               "--scheduler-option", "n_startup=3")
    def trials(study):
        rows = trials_of(hone, "--study", study)
        return [(t["state"], t["params"], t["values"], t["n_runs_ended"]) for t in rows]
    run(hone, *options, "--study", "a")
    for nth in range(5, 40, 5):
        run(hone, *options, "--study", "b", env={"HONE_FAULT": f"part.after:{nth}:kill"})
    assert hone("resume", "-q", "b").code == 0
    assert trials("a") == trials("b")
    assert "PRUNED" in [t[0] for t in trials("a")]


# --- what goes with it ---

def test_the_final_run_has_no_fold(hone, workdir):
    done = run(hone, "-n", 1, "--folds", 2, "--final", command=("./train", "{x}", "{fold:--fold}"))
    assert done.code == 0
    assert runs(workdir)[-1] == "1 none none none final"
    assert "Final run (trial 1): COMPLETE  loss=0.5\n" in done.out
    assert hone("show", 0).out.count("./train 0.5 --fold 0\n") == 1
    assert hone("show", 1).out.count("./train 0.5\n") == 1


def test_a_retest_is_a_whole_trial(hone, workdir):
    run(hone, "-q", "-n", 1, "--repeats", 2)
    done = hone("retest", 0, "--repeats", 3, "--now")
    assert done.code == 0, done.err
    assert hone("best").out.startswith("trial 0  loss 1 ± 0 (mean of 3 retests, 1 in the search)\n")
    assert shown(hone, 2)["n_runs_ended"] == 2


def test_a_duplicate_has_the_error_of_its_twin(hone, workdir):
    done = hone("run", "-q", "-n", 4, "--folds", 2, "--sampler", "random", "--seed", 1,
                "--minimize", "loss", "-p", "x=0,1", "--", "./train", "{x}")
    assert done.code == 0
    assert len(runs(workdir)) == 4
    served = [t for t in trials_of(hone) if t["copied_from"] is not None]
    assert len(served) == 2
    for trial in served:
        assert trial["n_runs_ended"] == 0
        assert trial["std_err"]["loss"] == pytest.approx(0.05)
        page = hone("show", trial["number"]).out
        assert "(2 folds)  (minimize" in page and "of 2 folds" not in page


def test_a_study_file(hone, workdir):
    (workdir / "study.yaml").write_text("""
study: {minimize: loss, seed: 1}
space: {x: 0..1 = 0.5}
run: {command: [./train, "{x}"], trials: 1, folds: 2, repeats: 2}
""")
    done = hone("run", "study.yaml")
    assert done.code == 0
    assert "Each trial is the mean over 2 repeats of 2 folds.\n" in done.out
    assert runs(workdir) == ["0 0 2 0 search", "0 1 2 0 search", "0 0 2 1 search", "0 1 2 1 search"]
    (workdir / "runs").unlink()
    assert hone("resume", "-q", "-n", 2).code == 0
    assert len(runs(workdir)) == 4
    (workdir / "bad.yaml").write_text("""
study: {minimize: loss}
space: {x: 0..1}
run:
  command: [./train, "{x}"]
  folds: 1
""")
    done = hone("run", "bad.yaml")
    assert done.code == 2
    assert "bad.yaml:6" in done.err and "folds" in done.err


def test_other_folds_are_another_objective(hone):
    run(hone, "-q", "-n", 1, "--folds", 2)
    done = run(hone, "-n", 2, "--folds", 3)
    assert done.code == 2
    assert "  folds\n    - 2\n    + 3\n" in done.err
    done = run(hone, "-n", 2)
    assert done.code == 2
    assert "  folds\n    - 2\n    + none\n" in done.err
    assert run(hone, "-q", "-n", 2, "--folds", 3, "--accept").code == 0
    assert shown(hone, 1)["folds"] == 3
    assert hone("resume", "-q", "-n", 3).code == 0
    assert shown(hone, 2)["folds"] == 3


def test_dry_run_shows_the_first_fold(hone, workdir):
    done = run(hone, "--folds", 3, "--dry-run", command=("./train", "{x}", "{fold}", "{dir}"))
    assert f"    ./train 0.5 0 {workdir}/hone/default/0/run-0\n" in done.out


@pytest.mark.parametrize("options, command, message", [
    ((), ("./train", "{fold}"),
     "{fold}: a trial is a single run here: add --folds K, which runs it for each of K folds, or "
     "write the number"),
    (("--folds", 1), ("./train",), "--folds takes a whole number between 2 and 1000, not '1'"),
    (("--repeats", "few"), ("./train",),
     "--repeats takes a whole number, not 'few'"),
    (("--folds", 500, "--repeats", 3), ("./train",),
     "--folds and --repeats make 1500 runs of each trial: 1000 are possible"),
    (("--folds", 3, "-p", "fold=a,b"), ("./train",),
     "--folds gives trials their {fold}, and a parameter is named fold, too: give it another name"),
    (("--folds", 3, "--final"), ("./train", "--fold", "{fold}"),
     "fold is missing in the final run, and --fold would be left without its value: write "
     "{fold:--fold} in place of both"),
])
def test_bad_input(hone, workdir, options, command, message):
    done = run(hone, *options, command=command)
    assert done.code == 2
    assert done.err.splitlines()[0] == f"hone: {message}"
    assert not (workdir / "hone.db").exists()


def test_a_resource_grows_in_the_first_fold_alone(hone, workdir):
    """A program that reports no steps: its folds are no rungs."""
    (workdir / "train").write_text('#!/bin/sh\necho "$HONE_TRIAL $HONE_FOLD $2" >> given\n'
                                   'echo "loss=$1"\n')
    (workdir / "train").chmod(0o755)
    done = hone("run", "--seed", 1, "--minimize", "loss", "-p", "x=0..1", "-n", 4, "--folds", 2,
                "--scheduler", "halving", "--scheduler-option", "max_resource=4", "--", "./train",
                "{x}", "{resource}")
    assert done.code == 0
    given = (workdir / "given").read_text().splitlines()
    best = json.loads(hone("best", "--json").out)["number"]
    assert [line.split()[1:] for line in given if line.split()[0] == str(best)] == [
        ["0", "1"], ["0", "2"], ["0", "4"], ["1", "4"]]
    assert all(line.split()[2] == "4" for line in given if line.split()[1] == "1")
    steps = re.findall(r"^ +(\d+) +[\d.e-]+$", hone("show", best).out.split("reports")[1], re.M)
    assert steps == ["1", "2", "4", "8"]
