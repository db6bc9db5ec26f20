"""Every option of `hone run` does what it says: one small study for each."""
import json
import re

import pytest

GRID = ["--minimize", "loss", "-p", "x=int:1..3", "--sampler", "grid"]
ECHO = ["--", "echo", "loss={x}"]


def finished(hone, *args):
    """The "finished" events of a run, and its exit code."""
    result = hone("run", "--json", *args)
    events = [json.loads(line) for line in result.out.splitlines()]
    return [e for e in events if e["event"] == "finished"], result


def shell(script):
    return ["--shell", "--", script]


def test_forbid_and_require(hone):
    events, _ = finished(hone, *GRID, "--forbid", "x==2", "--require", "x<3", *ECHO)
    assert [e["params"]["x"] for e in events] == [1]


def test_target_ends_the_study(hone):
    events, result = finished(hone, *GRID, "--target", "1", *ECHO)
    assert (len(events), result.code) == (1, 0)


def test_time_ends_the_study(hone):
    events, result = finished(hone, "--minimize", "loss", "-p", "x=0..1", "--time", "1s",
                              *shell("sleep 0.3; echo loss={x}"))
    assert result.code == 0 and 2 <= len(events) <= 5


def test_timeout_of_a_trial(hone):
    events, result = finished(hone, *GRID, "-n", 1, "--timeout-trial", "200ms", "--grace", "1s",
                              *shell("exec sleep 60 {x}"))
    assert result.code == 4 and {e["state"] for e in events} == {"TIMEOUT"}


def test_retries(hone, workdir):
    events, result = finished(hone, *GRID, "-n", 1, "--retries", 1,
                              *shell("[ -e again ] || { touch again; exit 1; }; echo loss={x}"))
    assert result.code == 0 and events[0]["state"] == "COMPLETE"
    assert '"event":"retry","trial":0' in result.out


def test_regex(hone):
    events, _ = finished(hone, *GRID, "--regex", "result is ([0-9]+)", "--", "echo",
                         "result is 4{x}")
    assert [e["values"]["loss"] for e in events] == [41, 42, 43]


def test_metric_from_a_file(hone):
    events, _ = finished(hone, *GRID, "--metric-from", "r.json:a.b",
                         *shell('echo \'{{"a":{{"b":{x}}}}}\' > "$HONE_DIR/r.json"'))
    assert [e["values"]["loss"] for e in events] == [1, 2, 3]


def test_metric_records_another_one(hone):
    events, _ = finished(hone, *GRID, "-n", 1, "--metric", "acc", "--", "echo", "loss={x} acc=7")
    assert events[0]["values"] == {"loss": 1.0, "acc": 7.0}


def test_metric_maxrss(hone):
    events, _ = finished(hone, "-p", "x=int:1..2", "--sampler", "grid", "--metric", "maxrss", "--",
                         "true", "{x}")
    assert all(e["values"]["maxrss"] > 100 for e in events) and len(events) == 2


def test_stderr(hone):
    events, _ = finished(hone, *GRID, "--stderr", *shell("echo loss={x} >&2"))
    assert {e["state"] for e in events} == {"COMPLETE"}


@pytest.mark.parametrize("which, value", [("last", 9), ("best", 2)])
def test_take(hone, which, value):
    events, _ = finished(hone, *GRID, "-n", 1, "--take", which,
                         *shell("echo step={x} loss=2; echo step=2 loss=9"))
    assert events[0]["values"] == {"loss": value}


def test_constraint(hone):
    result = hone("run", "-q", *GRID, "--constraint", "size<=1", "--", "echo", "loss=-{x}", "size={x}")
    assert result.out == "trial 0  loss=-1 size=1  x=1\n"


def test_final_runs_the_winner_once_more(hone, workdir):
    args = ["run", "--minimize", "loss", "-p", "x=int:1..3", "--sampler", "grid", "--final",
            *shell('echo "loss={x}"; echo "$HONE_TRIAL $HONE_PHASE" >> phases')]
    result = hone(*args)
    assert result.code == 0
    assert (workdir / "phases").read_text().splitlines()[-1].split() == ["3", "final"]
    assert re.search(r"^trial 3  COMPLETE  loss=1  \S+  x=1  final$", result.out, re.M)
    assert "\nFinal run (trial 3): COMPLETE  loss=1\n" in result.out
    assert "default: 4 COMPLETE" not in result.out


def test_a_configuration_of_ones_own_is_run_on_a_space_that_is_exhausted(hone):
    assert hone("run", *GRID, *ECHO).code == 0
    assert hone("try", "x=2", "--now").out.startswith("trial 3  COMPLETE  loss=2  ")


def test_dir(hone, workdir):
    hone("run", *GRID, "--dir", "files", *ECHO)
    assert (workdir / "files/2/stdout").read_text() == "loss=3\n"
    assert not (workdir / "hone").exists()


def test_durability(hone):
    assert hone("run", *GRID, "--durability", "full", *ECHO).code == 0


def test_options_of_the_sampler_are_checked(hone):
    result = hone("run", *GRID, "--sampler-option", "resolutoin=3", *ECHO)
    assert result.code == 2 and "resolution" in result.err
    assert hone("run", *GRID, "--sampler-option", "resolution=3", *ECHO).code == 0
    result = hone("run", *GRID, "--scheduler", "non", *ECHO)
    assert result.code == 2 and "none" in result.err


def plugin(hone, kind):
    told = json.loads(hone("status", "--json").out)
    return told[kind], told[f"{kind}_options"]


def test_options_without_a_name_are_for_what_the_study_has(hone):
    run = ["run", "-q", "-n", 3, "--minimize", "loss", "-p", "x=0..1"]
    assert hone(*run, "--scheduler-option", "metric=loss", *ECHO).code == 0
    assert plugin(hone, "scheduler") == ("auto", {"metric": "loss"})
    assert hone("resume", "-q", "--scheduler", "asha", "--scheduler-option", "eta=2",
                "--sampler", "gp", "--sampler-option", "n_startup=4").code == 0
    assert hone("resume", "-q", "--scheduler-option", "n_startup=3").code == 0
    assert plugin(hone, "scheduler") == ("asha", {"eta": 2, "n_startup": 3})
    assert hone(*run, "--scheduler-option", "eta=3", "--sampler-option", "n_starts=2", *ECHO).code == 0
    assert plugin(hone, "scheduler") == ("asha", {"eta": 3, "n_startup": 3})
    assert plugin(hone, "sampler") == ("gp", {"n_startup": 4, "n_starts": 2})
    assert hone("edit", "--scheduler-option", "eta=4").out.count("--scheduler-option") == 2
    wrong = hone("resume", "--scheduler-option", "probability=0.1")
    assert wrong.code == 2 and 'asha has no option "probability"' in wrong.err
    assert "; of another scheduler: name it with --scheduler\n" in wrong.err
    assert hone("resume", "--study", "none", "--scheduler-option", "eta=2").err.startswith(
        'hone: there is no study "none"')
    # A name begins anew.
    assert hone("edit", "--scheduler", "asha").code == 0
    assert plugin(hone, "scheduler") == ("asha", {})


def test_a_preset_s_sampler_takes_options_without_its_name(hone):
    assert hone("run", "-q", "-n", 3, "--minimize", "loss", "-p", "x=0..1", "--scheduler", "bohb",
                "--scheduler-option", "max_resource=9", "--sampler-option", "gamma=0.25", "--", "sh", "-c",
                "echo loss=$0 step=$1", "{x}", "{resource}").code == 0
    assert plugin(hone, "sampler") == ("tpe", {"gamma": 0.25})


def test_deterministic_does_not_depend_on_timing(hone, workdir):
    runs = []
    for name, sleep in (("a", "0"), ("b", "0.0{x}")):
        events, result = finished(hone, "--study", name, "--minimize", "loss", "-p", "x=int:1..9",
                                  "-p", "y=0..1", "--seed", 3, "-n", 12, "-j", 3, "--sampler",
                                  "random", "--deterministic",
                                  *shell(f"sleep {sleep}; echo loss={{y}} {{x}}"))
        assert result.code == 0
        runs.append({e["trial"]: (e["params"], e["values"]) for e in events})
    assert len(runs[0]) == 12 and runs[0] == runs[1]


def test_noisy_repeats_equal_trials(hone):
    args = ["--minimize", "loss", "-p", "x=a,b", "--sampler", "random", "-n", 6]
    events, result = finished(hone, *args, "--noisy", *shell("echo loss=1 {x}"))
    assert result.code == 0 and len(events) == 6
