"""Does a call leave memory behind? Each of CALLS is made over and over, and what the process holds is
compared before and after: blocks of Python's own heap and bytes of malloc's, to the byte.

    python memory_calls.py [-n 200] [--warm 50] [CALL…]

says what each call leaves behind, on average, and ends with 1 if that is a block or 8 bytes: a call does
the same each time, so what it loses it loses every time. Python's own caches grow a little meanwhile,
which is why a suspect is measured three times.
"""

import argparse
import contextlib
import ctypes
import gc
import io
import os
import pickle
import sys
import tempfile

import hone

ALL_KINDS = """
f=0..1
l=log:1e-5..1 = 0.1 ~ 3e-3*/3
q=0..1 step 0.25
i=int:1..64
n=normal:0,1
c=sgd,adam,1,null
o=ord:s,m,l
b=bool
p=perm:a,b,c
u=subset:a,b,c
s=simplex:3
m=0..1 if c==sgd
require f<=l || i>3
forbid c==adam && b
"""


class Mine:
    def __repr__(self):
        return "Mine"


MINE = Mine()


def refused(*calls):
    for call in calls:
        try:
            call()
        except (hone.Error, TypeError, ValueError, LookupError, AttributeError, OSError):
            continue
        raise AssertionError(f"{call} was not refused")


def spaces():
    space = hone.space(ALL_KINDS, x=hone.Float(0, 1), y=hone.Categorical([MINE, len]))
    str(space), repr(space), space.to_json(), space.rules, space.cardinality, list(space)
    space.sample(3, 1), space.spec("x"), space.condition("m"), space.condition("f"), "x" in space
    assert pickle.loads(pickle.dumps(space)) == space


def spaces_refused():
    refused(
        lambda: hone.space("x=0.."),
        lambda: hone.space("x=0..1\nx=0..1"),
        lambda: hone.space("x=log:0..1"),
        lambda: hone.space("x=0..1 if y==1"),
        lambda: hone.space(x=3),
        lambda: hone.space("x=0..1").spec("y"),
        lambda: hone.space("x=0..1")._load("{"),
        lambda: hone.space("x=a,b")._value_json("x", "c"),
        lambda: hone.Space()._add("x", 3),
    )


def declared():
    study = hone.study(ALL_KINDS, directions=["minimize", "maximize"], seed=1, sampler="random")
    trial = study.ask()
    trial.params, trial["c"], trial.get("nothing"), trial.user_attrs, repr(trial), "f" in trial
    trial.report(1.0, 1)
    trial.report({"value0": 1.0, "value1": 2.0}, 2)
    trial.should_prune(), trial.set_user_attr("a", [1, None]), trial.extend_lease(0.0)
    study.tell(trial, [1.0, 2.0], constraints=[-1.0, 0.5], message="so it is")
    study.me = trial  # a cycle


def define_by_run():
    study = hone.study(direction="maximize", seed=1, sampler="tpe", scheduler="median")
    for _ in range(4):
        trial = study.ask()
        trial.suggest_float("x", 0, 1), trial.suggest_int("n", 1, 9, log=True)
        trial.suggest_categorical("c", [MINE, len, None, 1]), trial.suggest("p", "perm:a,b")
        trial.report(1.0, 1)
        refused(lambda trial=trial: trial.suggest_float("x", 0, 2), lambda: trial["none"])
        study.tell(trial, float("nan") if trial.number == 2 else 1.0)


def queue():
    study = hone.study("x=0..1\ny=0..1", seed=1, sampler="random")
    study.enqueue_trial({"x": 0.5}, user_attrs={"who": "me"})
    study.tell(study.ask(), 1.0)
    study.requeue(study.ask(), "later")
    study.tell(study.ask(), state="failed", message="no")
    study.rerun(0), study.retest(0, 2), study.recover()
    study._kill(2), study._note(0, "seen"), study.set_user_attr("k", {"a": 1}), study.user_attrs


def tells_refused():
    study = hone.study("x=0..1", seed=1, sampler="random")
    trial = study.ask()
    study.tell(trial, 1.0)
    refused(
        lambda: study.tell(trial, 1.0),
        lambda: study.tell(7, 1.0),
        lambda: study.tell(-1, 1.0),
        lambda: study.tell(study.ask()),
        lambda: study.tell(study.ask(), [1.0, 2.0]),
        lambda: study.tell(study.ask(), "much"),
        lambda: study.tell(study.ask(), 1.0, state="done"),
        lambda: trial.report("x", 1),
        lambda: trial.report({"other": 1.0}, 1),
        lambda: study.ask().set_user_attr("a", MINE),
        lambda: study.enqueue_trial({"z": 1}),
        lambda: study.enqueue_trial({"x": 2}),
        lambda: study.enqueue_trial([]),
        lambda: study.rerun(99),
        lambda: study.trials[99],
        lambda: study._trial(int, 0),
        lambda: study._record(99),
        lambda: study._tell(trial, 1, ("x",)),
        lambda: hone.sampler("tpee"),
        lambda: hone.sampler("tpe", n_startup="many"),
        lambda: hone.study("x=0..1", sampler="gp", metrics={"bad name": "minimize"}),
        lambda: hone.open("nowhere/hone.db"),
        lambda: pickle.dumps(trial),
    )


def optimized():
    def objective(trial):
        trial.report(trial["x"], 1)
        if trial.number == 1:
            raise hone.TrialPruned
        if trial.number == 2:
            raise KeyError("caught")
        if trial.number == 5:
            raise RuntimeError("not caught")
        return trial["x"]

    study = hone.study("x=0..1", seed=1, sampler="random", scheduler="median")
    study.optimize(objective, 4, catch=(KeyError,), callbacks=[lambda study, trial: None])
    with contextlib.suppress(RuntimeError):
        study.optimize(objective, 4)
    assert study.n_trials == 6


def paused():
    def objective(trial):
        w = trial.load_state(1.0) * trial.suggest_float("x", 0.1, 0.9)
        trial.save_state(w)
        trial.report(w, trial.resource)
        if trial.should_prune():
            raise hone.TrialPruned
        return w

    scheduler = hone.schedulers.pbt(max_resource=2, interval=1, population=2, quantile=0.5)
    study = hone.study(seed=1, sampler="random", scheduler=scheduler)
    study.optimize(objective)
    assert study.n_trials == 3 and study.count("complete") == 2


def in_a_file():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "hone.db")
        with hone.study("x=0..1", storage=path, seed=1, sampler="random") as study:
            for _ in range(3):
                study.tell(study.ask(), 1.0)
            other = pickle.loads(pickle.dumps(study))
            other.refresh(), other.close()
        refused(lambda: study.ask(), lambda: hone.study("y=0..1", storage=path))
        with hone.open(path, read_only=True) as study:
            study.best_params, study.space
            refused(study.ask)
        hone.copy_study("default", "b", path), hone.studies(path), hone.delete_study("b", path)


def plugins():
    import hone.samplers
    import hone.schedulers

    for module in (hone.samplers, hone.schedulers):
        for name in dir(module):
            getattr(module, name).__doc__
    hone.sampler("tpe", n_startup=5), hone.scheduler("asha", eta=3)


_looked_at = []


def looking():
    if not _looked_at:
        study = hone.study(ALL_KINDS, seed=1, sampler="tpe")
        study.optimize(lambda trial: trial["f"], 30)
        _looked_at.append(study)
    study = _looked_at[0]
    study.best_trial, study.best_params, study.best_value, study.best_trials, study.trials[-1]
    study.trials[:5], study.get_trials(["complete"]), study.space, study._explain(0), study._repr_html_()
    study.param_importances()
    study.user_attrs, study.constraints, study.directions, study.sampler_in_use, repr(study)
    repr(study.trials[0]), pickle.loads(pickle.dumps(study.trials[0])) == study.trials[0]


def in_threads():
    study = hone.study("x=0..1", seed=1, sampler="random")
    study.optimize(lambda trial: trial["x"], 6, n_jobs=2, backend="threads")


def in_processes():
    study = hone.study("x=0..1", seed=1, sampler="random")
    study.optimize(lambda trial: trial["x"], 2, n_jobs=2)


def with_progress():
    study = hone.study("x=0..1", seed=1, sampler="random")
    with contextlib.redirect_stderr(io.StringIO()):
        study.optimize(lambda trial: trial["x"], 3, progress=True)


def _sampling(name):
    def call():
        study = hone.study("x=0..1\ny=log:1e-3..1\nc=a,b,c", seed=1, sampler=name)
        study.optimize(lambda trial: trial["x"] + trial["y"], 14)

    return call


CALLS = {
    call.__name__: call
    for call in (
        spaces, spaces_refused, declared, define_by_run, queue, tells_refused, optimized, paused,
        in_a_file, plugins, looking,
    )
}  # fmt: skip
SLOW = {call.__name__: call for call in (in_threads, in_processes, with_progress)}
SLOW.update({f"sampler {n}": _sampling(n) for n in hone._hone.plugin_names(0)})


class _Malloc(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    ]  # fmt: skip


def _planted():
    """Leaks, so that it can be seen that they are found."""
    _looked_at.append(object())
    ctypes.CDLL(None).malloc(100)


def held():
    """Blocks that Python holds, and bytes that malloc has given out (None: it cannot say)."""
    gc.collect()
    try:
        mallinfo = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError):
        return sys.getallocatedblocks(), None
    mallinfo.restype = _Malloc
    info = mallinfo()
    return sys.getallocatedblocks(), info.uordblks + info.hblkhd


def left_behind(call, n, warm):
    """Blocks and bytes that a call of `n` leaves behind."""
    for _ in range(warm):
        call()
    before = held()
    for _ in range(n):
        call()
    after = held()
    n_bytes = None if after[1] is None else (after[1] - before[1]) / n
    return (after[0] - before[0]) / n, n_bytes


def exactly():
    """Starts over without malloc's stores of freed pieces, which count as given out."""
    if "GLIBC_TUNABLES" not in os.environ:
        os.environ["GLIBC_TUNABLES"] = "glibc.malloc.tcache_count=0"
        os.execv(sys.executable, [sys.executable, *sys.argv])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=200, help="times that each is called (200)")
    parser.add_argument("--warm", type=int, default=50, help="times before that (50)")
    parser.add_argument("calls", nargs="*", help="of these only; 'all': slow ones as well")
    args = parser.parse_args()
    exactly()
    known = {**CALLS, **SLOW, "planted": _planted}
    names = [*CALLS, *SLOW] if args.calls == ["all"] else args.calls or list(CALLS)
    leaks = 0
    for name in names:
        for _ in range(3):
            blocks, n_bytes = left_behind(known[name], args.n, args.warm)
            is_leak = blocks >= 0.95 or (n_bytes or 0) >= 8
            if not is_leak:
                break
        leaks += is_leak
        told = "" if n_bytes is None else f"{n_bytes:10.2f} bytes"
        print(f"{name:20}{blocks:10.3f} blocks{told} a call{'  LEAK' if is_leak else ''}", flush=True)
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main())
