"""Memory stays small however long a study runs."""

import pathlib
import subprocess
import sys

import pytest

CODE = """
import gc, hone

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

study = hone.study(SPACE, sampler="random", storage=STORAGE, seed=1)
objective = OBJECTIVE
study.optimize(objective, 1000)
gc.collect()
before = resident()
study.optimize(objective, 10000)
gc.collect()
print((resident() - before) / 10000)
"""
DECLARED = "\n".join(f"a{i}=0..1" for i in range(10))


@pytest.mark.parametrize(
    ("space", "objective", "storage"),
    [
        (DECLARED, "lambda t: t.report(1, 1) or sum(t.params.values())", None),
        (DECLARED, "lambda t: sum(t.params.values())", "hone.db"),
        (None, "lambda t: sum(t.suggest_float(f'a{i}', 0, 1) for i in range(5))", None),
    ],
)
def test_a_trial_takes_less_than_two_kib(space, objective, storage, tmp_path):
    if not pathlib.Path("/proc/self/statm").exists():
        pytest.skip("needs /proc")
    code = CODE.replace("SPACE", repr(space)).replace("STORAGE", repr(storage))
    done = subprocess.run(
        [sys.executable, "-c", code.replace("OBJECTIVE", objective)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert float(done.stdout) < 2048


LEAKS = """
import gc, sys, hone

def once():
    study = hone.study("x=0..1\\nc=a,b,1,null\\np=perm:a,b\\ns=simplex:3", directions=["minimize"] * 2)
    trial = study.ask()
    trial.params, trial["c"], trial.user_attrs, repr(trial), "x" in trial
    trial.report(1, 1)
    trial.set_user_attr("a", [1])
    study.tell(trial, [1, 2])
    study.trials[0], study.best_trials, study.space, study.constraints, study._explain(-1)
    for wrong in (lambda: hone.space("x=0.."), lambda: study.tell(trial, [1, 2]),
                  lambda: hone.sampler("tpee"), lambda: study._trial(int, 0)):
        try:
            wrong()
        except (hone.Error, TypeError):
            pass
    study.me = trial  # a cycle

for _ in range(20):
    once()
gc.collect()
before = sys.getallocatedblocks()
for _ in range(200):
    once()
gc.collect()
print(sys.getallocatedblocks() - before)
"""


def test_nothing_is_left_behind():
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", LEAKS], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 200 and not done.stderr
