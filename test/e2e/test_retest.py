"""hone retest: repeats of the best with other seeds; best by evidence; what was luck."""
import json
import re

import pytest

from lookers import small_study, trials_of

# Trial 2's first draw is lucky: its repeats give 5 and more; those of trial 0 give 3.
SCRIPT = """#!/bin/sh
echo "$HONE_TRIAL $1 $2" >> runs
case "$HONE_TRIAL" in
0) echo loss=3;; 1) echo loss=9;; 2) echo loss=1;;
*) case "$1" in "$(sed -n 's/^2 \\([^ ]*\\).*/\\1/p' runs)") echo "loss=$((HONE_TRIAL % 2 + 5))";;
   "$(sed -n 's/^0 \\([^ ]*\\).*/\\1/p' runs)") echo loss=3;; *) echo loss=9;; esac;;
esac
"""


@pytest.fixture
def study(hone, workdir):
    (workdir / "train").write_text(SCRIPT)
    (workdir / "train").chmod(0o755)
    assert hone("run", "-q", "-n", 3, "--seed", 1, "--minimize", "loss", "-p", "x=0..1", "--",
                "./train", "{x}", "{seed}").code == 0
    return hone


def test_the_winner_loses_its_luck(study, workdir):
    assert study("best").out.startswith("trial 2  loss 1\n")
    done = study("retest", "--top", 2, "--repeats", 4, "--now")
    assert done.code == 0
    assert done.out.endswith("""\
trial  retests  in the search  mean of retests
    2        4              1  5.50 ± 0.29
    0        4              3  3 ± 0
Trial 2 won the search with 1; its retests give 5.50 ± 0.29: it owed 4.5 to
luck.
""")
    assert study("best").out == (
        "trial 0  loss 3 ± 0 (mean of 4 retests, 3 in the search)\n"
        f"  x  {trials_of(study)[0]['params']['x']}\n"
        "Trial 2 won the search with 1; its retests give 5.50 ± 0.29: it owed 4.5 to\nluck.\n")
    best = json.loads(study("best", "--json").out)
    assert best["number"] == 0
    assert best["retests"] == {"n": 4, "n_open": 0, "mean": 3.0, "stddev": 0.0, "std_err": 0.0}
    assert "retests     5.50 ± 0.29, the mean of 4\n" in study("show", 2).out
    repeats = [r for r in trials_of(study) if r["purpose"] == "retest"]
    assert [r["parent"] for r in repeats] == [2] * 4 + [0] * 4
    runs = [line.split() for line in (workdir / "runs").read_text().splitlines()]
    assert len({seed for _, _, seed in runs}) == 11


def test_the_total_is_what_counts(study):
    done = study("retest", 0, "--repeats", 2)
    assert (done.code, done.out) == (0, "Trial 0: 2 repeats wait, trials 3 to 4.\n")
    assert study("retest", 0, "--repeats", 2).out == "Trial 0 has 2 repeats already.\n"
    assert study("retest", 3, "--repeats", "+1").out == "Trial 0: 1 repeat waits, trial 5.\n"
    assert json.loads(study("retest", 0, "--repeats", 4, "--json").out) == {
        "trial": 0, "queued": 1, "first": 6, "had": 3}
    result = study("resume")
    assert "As many are finished already (3); 4 that were asked for by hand are run.\n" in result.out
    assert len(re.findall("COMPLETE  loss=3 ", result.out)) == 4
    assert json.loads(study("status", "--json").out)["n_finished"] == 3


def test_what_waits_runs_now_too(study):
    study("retest", 0, "--repeats", 2)
    done = study("retest", 0, "--repeats", 3, "--now", "-j", 3)
    assert sorted(re.findall(r"^trial (\d+)  COMPLETE", done.out, re.M)) == ["3", "4", "5"]


@pytest.mark.parametrize("args, said", [
    (["2"], "hone: trial 2 is FAILED: only COMPLETE trials of the search are retested\n"),
    (["9"], 'hone: there is no trial 9: study "default" has trials 0 to 3\n'),
    (["1", "--top", "2"], "hone: give numbers of trials or --top, not both\n"
                          "    hone retest 1 --top 2\n                ^\n"),
    (["--repeats", "0"], "hone: --repeats takes how many each trial is to have (10) or how many "
                         "more (+5), not '0'\n    hone retest --repeats 0\n"
                         "                          ^\n"),
    (["1", "--now"], "hone: the study 'default' has no recorded command to run now\n"),
])
def test_what_is_refused(hone, args, said):
    small_study(hone)
    done = hone("retest", *args)
    assert (done.code, done.out, done.err) == (2, "", said)
