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


CALLS = pathlib.Path(__file__).with_name("memory_calls.py")


def left_behind(*arguments):
    done = subprocess.run(
        [sys.executable, "-X", "dev", CALLS, *arguments], capture_output=True, text=True
    )
    assert not done.stderr
    return done.returncode, done.stdout


def test_no_call_leaves_anything_behind():
    code, said = left_behind("-n", "150")
    assert code == 0, said
    assert said.count("a call") >= 10


def test_what_is_left_behind_is_found():
    code, said = left_behind("-n", "20", "--warm", "0", "planted")
    assert code == 1 and "LEAK" in said
