"""hone status: where a study stands."""
import json

from lookers import NO_DATABASE, pipe, same, screen, small_study


def test_the_page(hone):
    small_study(hone)
    done = hone("status")
    assert (done.code, done.err) == (0, "")
    assert same(done.out) == """\
study  default in sqlite:hone.db
objective  minimize loss
space  4 parameters, version 1
sampler  random
scheduler  auto (curve)
seed  7
trials  4: 2 complete, 1 running, 1 failed
cost  a step takes about SPAN; a trial SPAN; SPAN spent
best  loss 0.25 in trial 1
lr=0.05 depth=7 opt=sgd momentum=0.9
created  DATE (SPAN ago)
changed  DATE (SPAN ago)

running  for  attempt  reports  last  owner
3  SPAN  1  0  -  process PID on HOST (gone; the trial is run again)
"""


def test_final_runs_do_not_count_as_trials_of_the_search(hone):
    assert hone("run", "-q", "-n", 2, "--final", "--minimize", "loss", "-p", "x=0..1", "--", "sh",
                "-c", "echo loss={x}").code == 0
    assert "trials  2: 2 complete; 1 final run" in same(hone("status").out).splitlines()
    status = json.loads(hone("status", "--json").out)
    assert {k: status[k] for k in ("n_trials", "n_finished", "n_retests", "n_finals",
                                   "n_excluded")} == {
        "n_trials": 3, "n_finished": 2, "n_retests": 0, "n_finals": 1, "n_excluded": 0}


def test_it_fits_the_terminal(hone):
    small_study(hone)
    for columns in (60, 80, 200):
        lines = screen(hone, "status", columns=columns).splitlines()
        assert max(map(len, lines)) <= columns
    assert "(gone; the trial is run again)" in lines[-1]


def test_nothing_has_run_yet(hone):
    pipe(hone, {"space": [{"name": "x", "spec": "0..1"}], "storage": "sqlite:hone.db", "seed": 1})
    lines = same(hone("status").out).splitlines()
    assert "trials  0" in lines and "best  none yet" in lines
    assert lines[1] == "objective  minimize value" and lines[2] == "space  1 parameter, version 1"


def test_several_objectives(hone):
    pipe(hone, {"space": [{"name": "x", "spec": "0..1"}], "storage": "sqlite:hone.db", "seed": 1,
                "directions": ["minimize", "maximize"]}, {"ask": 2}, {"tell": 0, "values": [1, 1]},
         {"tell": 1, "values": [2, 2]})
    lines = same(hone("status").out).splitlines()
    assert lines[1:3] == ["objectives  minimize value0", "maximize value1"]
    assert "best  2 on the Pareto front; `hone best` shows them" in lines
    assert sorted(json.loads(hone("status", "--json").out)["pareto"]) == [0, 1]


def test_json(hone):
    small_study(hone)
    status = json.loads(hone("status", "--json").out)
    assert {k: status[k] for k in ("study", "storage", "n_params", "space_version", "sampler",
                                   "sampler_in_use", "scheduler",
                                   "scheduler_in_use", "seed", "n_trials", "n_finished",
                                   "n_objectives", "constraints", "pareto")} == {
        "study": "default", "storage": "sqlite:hone.db", "n_params": 4, "space_version": 1,
        "sampler": "random", "sampler_in_use": "random", "scheduler": "auto", "scheduler_in_use": "curve",
        "seed": 7,
        "n_trials": 4, "n_finished": 2, "n_objectives": 1, "constraints": [], "pareto": [1]}
    assert status["metrics"] == [{"name": "loss", "goal": "minimize"}]
    assert {k: n for k, n in status["counts"].items() if n} == {"COMPLETE": 2, "FAILED": 1,
                                                               "RUNNING": 1}
    assert len(status["counts"]) == 11
    assert (status["best"]["number"], status["best"]["values"]) == (1, {"loss": 0.25})
    (running,) = status["running"]
    assert (running["number"], running["owner_gone"], running["attempts"]) == (3, True, 1)


def test_it_looks_while_somebody_works(hone):
    process = hone.start("pipe")

    def say(message):
        process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    say({"space": [{"name": "x", "spec": "0..1"}], "storage": "sqlite:hone.db"})
    say({"ask": 1})
    say({"report": 0, "step": 1, "value": 0.125})
    (running,) = json.loads(hone("status", "--json").out)["running"]
    assert (running["owner_gone"], running["n_reports"], running["last_report"]) == (False, 1, 0.125)
    assert f"process {process.pid} on " in hone("status").out
    say({"tell": 0, "value": 1})
    assert json.loads(hone("status", "--json").out)["running"] == []
    process.communicate()


def test_no_study(hone):
    done = hone("status")
    assert (done.code, done.out) == (2, "")
    assert done.err == f"hone: {NO_DATABASE}\n"
    done = hone("status", "--storage", "memory:")
    assert done.code == 2
    assert done.err.splitlines()[0] == (
        "hone: nothing can be looked up in memory: it is gone with its run")


REVERSED = ["run", "-q", "-n", 12, "--seed", 1, "--sampler", "random", "--minimize", "loss", "-p",
            "x=0..1", "--scheduler", "asha", "--scheduler-option", "max_resource=9",
            "--scheduler-option", "value=last", "--scheduler-option", "n_startup=100", "--", "sh",
            "-c", "echo loss=$0 step=1; echo loss=$((20-$0)) step=3; echo loss=$((20-$0)) step=9",
            "{trial}"]


def test_rungs_that_disagree(hone):
    assert hone(*REVERSED).code == 0
    text = hone("status").out
    assert "scheduler   asha (max_resource=9, value=last, n_startup=100)\n" in text
    assert text.partition("health")[2] == """\
      rungs 1 and 3 put the 12 trials with a value at both in different
            orders (rank correlation -1.00); compare later: hone edit
            --scheduler asha --scheduler-option max_resource=9
            --scheduler-option value=last --scheduler-option n_startup=100
            --scheduler-option min_resource=3

rung  trials  rank correlation with the next     with the last
   1      12  -1.00 (-1.00 to -0.98), 12 trials  -1.00 (-1.00 to -0.98), 12 trials
   3      12  1.00 (0.98 to 1.00), 12 trials     1.00 (0.98 to 1.00), 12 trials
   9      12  -                                  -
"""
    status = json.loads(hone("status", "--json").out)
    assert status["scheduler_options"] == {"max_resource": 9, "value": "last", "n_startup": 100}
    assert [r["at"] for r in status["rungs"]] == [1, 3, 9]
    assert status["rungs"][0]["next"]["rho"] == -1 and status["rungs"][2]["next"] is None
    finding, = status["health"]
    assert (finding["code"], finding["n"], finding["of"]) == ("rungs", 12, 12)
    assert hone(*finding["remedy"].partition(": hone ")[2].split()).code == 0
    assert json.loads(hone("status", "--json").out)["health"] == []


def test_no_rungs_no_table(hone):
    small_study(hone)
    assert "rung" not in hone("status").out
    assert json.loads(hone("status", "--json").out)["rungs"] == []
