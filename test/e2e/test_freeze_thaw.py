"""The scheduler freeze-thaw from the command line: slices, forecasts that decide, a study that goes on."""
import json

# Trains from its checkpoint up to the resource: every third falls slowly and far, others at once.
TRAIN = """\
import json, math, os, sys
x, end = float(sys.argv[1]), int(sys.argv[2])
file = os.path.join(os.environ["HONE_CKPT"], "step")
step = int(open(file).read()) if os.path.exists(file) else 0
while step < end:
    step += 1
    slow = int(x * 100) % 3 == 0
    loss = 0.1 * x + 1.1 * math.exp(-step / 5) if slow else 0.4 + 0.3 * x + 0.2 / step
    print(f"loss={loss:.5f} step={step}", flush=True)
    with open(file + ".new", "w") as out:
        out.write(str(step))
    os.rename(file + ".new", file)
"""
STUDY = ["--sampler", "random", "--seed", 3, "--minimize", "loss", "-p", "x=0..1", "--scheduler",
         "freeze-thaw", "--scheduler-option", "max_resource=30", "--scheduler-option", "interval=3"]
COMMAND = ["--", "python3", "-c", TRAIN, "{x}", "{resource}"]


def trials(hone):
    return [json.loads(line) for line in hone("trials", "--json").out.splitlines()]


def test_a_slow_starter_is_found_and_the_rest_stays_paused(hone):
    done = hone("run", "-n", 12, "-j", 1, *STUDY, *COMMAND)
    assert done.code == 0, done.err
    assert "PAUSED at 3  loss=" in done.out and "foretold to end at " in done.out
    rows = trials(hone)
    assert {row["state"] for row in rows} == {"COMPLETE", "PAUSED"}
    ends = [0.1 * x if int(x * 100) % 3 == 0 else 0.4 + 0.3 * x
            for x in (row["params"]["x"] for row in rows)]
    best = rows[ends.index(min(ends))]
    assert best["state"] == "COMPLETE"
    assert json.loads(hone("best", "--json").out)["number"] == best["number"]
    paused = next(row for row in rows if row["state"] == "PAUSED")
    assert ": foretold to end at " in hone("show", paused["number"]).out


def test_more_trials_let_a_study_go_on(hone):
    done = hone("run", "-q", "-n", 4, "-j", 1, *STUDY, *COMMAND)
    assert done.code == 0, done.err
    before = trials(hone)
    done = hone("resume", "-q", "-n", "+6", "-j", 2)
    assert done.code == 0, done.err
    after = trials(hone)
    assert len(after) > len(before) == 4
    assert [row["params"] for row in after[:4]] == [row["params"] for row in before]


def test_in_a_study_file(hone, workdir):
    (workdir / "train.py").write_text(TRAIN)
    (workdir / "study.yaml").write_text(
        "study: {minimize: loss, seed: 3}\nspace: {x: 0..1}\nsampler: random\n"
        "scheduler: {name: freeze-thaw, max_resource: 30, interval: 5, growth: 0}\n"
        "run: {command: 'python3 train.py {x} {resource}', trials: 5}\n")
    done = hone("run", "-j", 1, "study.yaml")
    assert done.code == 0, done.err
    assert "PAUSED at 5  loss=" in done.out


def test_what_is_refused(hone):
    done = hone("run", "-n", 1, *STUDY[:-4], "--", "true", "{x}")
    assert done.code == 2
    assert done.err.startswith("hone: freeze-thaw hands out the resource: give it max_resource, the "
                               "last step of a whole training\n")
    done = hone("run", "-n", 1, *STUDY, "--deterministic", *COMMAND)
    assert done.code == 2
    assert done.err.startswith("hone: freeze-thaw chooses among what has paused by then, which a "
                               "deterministic study cannot allow: use curve, which stops by the "
                               "same forecasts\n")
