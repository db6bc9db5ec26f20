"""`hone narrow`: what it prints and records, what later runs do, and the way back."""
import json

import pytest

from lookers import trials_of

SPACE = ["-p", "lr=log:1e-6..1 = 0.5", "-p", "x=0..1", "-p", "opt=adam,sgd", "-p",
         "m=0..0.9 if opt==sgd"]
# Best at lr 1e-3, without sgd.
LOSS = ('BEGIN { d = log(lr) / log(10) + 3; '
        'printf "loss=%.9g\\n", d * d + (opt == "sgd" ? 3 : 0) }')
COMMAND = ["awk", "-v", "lr={lr}", "-v", "opt={opt}", LOSS.replace("{", "{{").replace("}", "}}"),
           "{x}", "{m:-m}"]
RUN = ["--seed", "5", "--sampler", "random", "--minimize", "loss", *SPACE]


@pytest.fixture(name="tuned")
def _tuned(hone):
    done = hone("run", "-q", "-n", "60", *RUN, "--", *COMMAND)
    assert done.code == 0, done.err
    return done


TABLE = """\
parameter  left  before              after
lr          16%  log:1e-6..1 = 0.5   log:0.00035..0.003
x           all  0..1                stays
opt         50%  adam,sgd            the same, with a rule
m           all  0..0.9 if opt==sgd  stays

lr   1 of the best 12 is among the 26 trials below 0.000421, and 1 of the best
     12 is among the 24 trials above 0.00245; the default goes, too
x    no evidence in 60 trials
opt  none of the best 12 is among the 23 trials with sgd; a rule leaves it out
m    no evidence in 23 trials

"""
DRY = """\
7.8% of the space would be left, from the best 12 of 60 trials.
12 of 60 finished trials lie in it.
Nothing was changed (--dry-run).
"""
DONE = """\
7.8% of the space is left, from the best 12 of 60 trials.
12 of 60 finished trials lie in it.
It is version 2 of the space of default; `hone narrow --undo` takes it back.
"""


def test_table(hone, tuned):
    dry = hone("narrow", "--dry-run")
    assert dry.code == 0
    assert dry.out == TABLE + DRY
    assert json.loads(hone("status", "--json").out)["space_version"] == 1
    assert hone("narrow").out == TABLE + DONE
    status = json.loads(hone("status", "--json").out)
    assert (status["space_version"], status["narrowed_from"]) == (2, 1)
    assert "version 2, narrowed" in hone("status").out


def test_json(hone, tuned):
    told = json.loads(hone("narrow", "--json").out)
    assert (told["changed"], told["version"], told["n_trials"], told["n_top"]) == (True, 2, 60, 12)
    by_name = {p["name"]: p for p in told["params"]}
    assert by_name["lr"]["before"] == "log:1e-6..1 = 0.5" and by_name["lr"]["changed"]
    assert by_name["x"]["after"] == "0..1" and not by_name["x"]["changed"]
    assert told["space"]["forbid"] == ['opt=="sgd"']


def test_later_trials_are_inside(hone, tuned):
    hone("narrow", "-q")
    assert hone("resume", "-q", "-n", "+20").code == 0
    later = trials_of(hone)[60:]
    assert len(later) == 20
    assert all(t["params"]["opt"] == "adam" and 1e-5 < t["params"]["lr"] < 0.1 for t in later)


def test_the_command_goes_on_narrowed(hone, tuned):
    hone("narrow", "-q")
    done = hone("run", "-n", "61", *RUN, "--", *COMMAND)
    assert done.code == 0
    assert ("hone: the study 'default' goes on in the space that `hone narrow` made of this one; "
            "`hone narrow --undo` takes it back") in done.err.splitlines()
    assert hone("run", "-q", "-n", "62", "--accept", *RUN, "--", *COMMAND).code == 0
    status = json.loads(hone("status", "--json").out)
    assert (status["space_version"], status["narrowed_from"]) == (3, None)


def test_a_loop_that_asks_goes_on_narrowed(hone, tuned):
    """Its `hone ask` says the space each time, as the loop of the guide does."""
    hone("narrow", "-q")
    done = hone("ask", *RUN)
    assert done.code == 0, done.err
    assert "goes on in the space that `hone narrow` made of this one" in done.err
    assert json.loads(done.out)["params"]["opt"] == "adam"


def test_a_run_that_lives_takes_it_over(hone):
    """Trial 50 narrows the study that it is a trial of."""
    script = ('[ {trial} != 50 ] || "$HONE" narrow -q || exit 1\n' + "awk -v lr={lr} -v opt={opt} '"
              + LOSS.replace("{", "{{").replace("}", "}}") + "' {x} {m:-m}")
    done = hone("run", "-q", "-n", "80", *RUN, "--shell", "--", script,
                env={"HONE": str(hone.program)})
    assert done.code == 0, done.err
    later = trials_of(hone)[51:]
    assert all(t["params"]["opt"] == "adam" for t in later) and len(later) == 29


def test_undo(hone, tuned):
    assert hone("narrow", "--undo").code == 2
    hone("narrow", "-q")
    undone = hone("narrow", "--undo")
    assert undone.code == 0
    assert undone.out.splitlines()[-1] == \
        "Version 3 of the space of default is what version 1 was."
    again = hone("narrow", "--undo")
    assert again.code == 2
    assert again.err == ("hone: version 3 of the space does not come from `hone narrow`: there is "
                         "nothing to take back\n")


@pytest.mark.parametrize("arguments, sentence", [
    (["--top", "0"], "the share of the best trials is above 0 and at most 0.5, as in 0.2"),
    (["--margin", "-1"], "the margin is a share from 0 to 10, as in 0.1"),
    (["--top", "5%"], "narrowing to the best 5 % needs at least 100 complete or pruned trials in "
     "the present space; there are 60"),
])
def test_refusals(hone, tuned, arguments, sentence):
    done = hone("narrow", *arguments)
    assert (done.code, done.err) == (2, f"hone: {sentence}\n")


@pytest.mark.parametrize("arguments, sentence", [
    (["--top", "much"], "--top takes a share, 20% or 0.2, not 'much'"),
    (["--undo", "--top", "10%"], "--undo takes neither --top nor --margin"),
])
def test_usage(hone, tuned, arguments, sentence):
    done = hone("narrow", *arguments)
    assert done.code == 2 and done.err.splitlines()[0] == f"hone: {sentence}"
