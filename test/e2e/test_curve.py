"""The scheduler curve from the command line: what it stops, and that it says why, at once, afterwards,
and in a study that another command goes on with."""
import json

# Over the descriptor, so that each verdict is heard before the next epoch: the learning rate's own
# curve, a power law above |x - 0.3|.
TRAIN = """\
import json, os, sys
x = float(sys.argv[1])
with os.fdopen(int(os.environ["HONE_FD"]), "r+b", buffering=0) as engine:
    for step in range(1, 31):
        loss = abs(x - 0.3) + step ** -0.8
        engine.write(json.dumps({"loss": loss, "step": step}).encode() + b"\\n")
        line = b""
        while not line.endswith(b"\\n"):
            line += engine.read(1)
        if json.loads(line)["stop"]:
            sys.exit(10)
"""
STUDY = ["--sampler", "grid", "--sampler-option", "resolution=9", "--seed", 1, "--minimize", "loss",
         "-p", "x=0..1", "--scheduler", "curve", "--scheduler-option", "n_startup=3"]


def test_a_stopped_trial_says_why(hone):
    done = hone("run", "-n", 9, "-j", 1, *STUDY, "--", "python3", "-c", TRAIN, "{x}")
    assert done.code == 0, done.err
    ended = [line.split("  ") for line in done.out.splitlines() if line.startswith("trial ")]
    assert [line[1] for line in ended] == ["COMPLETE"] * 3 + ["PRUNED"] * 6
    assert ended[8][-1] == "(could pass 0.0880339 with probability 0.021)"
    assert "message    could pass 0.0880339 with probability 0.021\n" in hone("show", 8).out
    shown = json.loads(hone("show", 8, "--json").out)
    assert shown["message"] == "could pass 0.0880339 with probability 0.021"
    assert len(shown["reports"]) == 6  # of 30


def test_a_resumed_study_stops_as_before(hone):
    """The options stand in the study; incumbents come from its journal."""
    done = hone("run", "-q", "-n", 3, "-j", 1, *STUDY, "--", "python3", "-c", TRAIN, "{x}")
    assert done.code == 0, done.err
    done = hone("resume", "-n", "+6")
    assert done.code == 0, done.err
    assert done.out.count("  PRUNED  ") == 6


def test_in_a_study_file(hone, workdir):
    (workdir / "train.py").write_text(TRAIN)
    (workdir / "study.yaml").write_text(
        "study: {minimize: loss, seed: 1}\nspace: {x: 0..1}\n"
        "sampler: {name: grid, resolution: 9}\n"
        "scheduler: {name: curve, n_startup: 3, probability: 0.5}\n"
        "run: {command: 'python3 train.py {x}', trials: 9}\n")
    done = hone("run", "-j", 1, "study.yaml")
    assert done.code == 0, done.err
    assert done.out.count("  PRUNED  ") == 6


def test_wrong_options(hone):
    done = hone("run", "-n", 1, *STUDY, "--scheduler-option", "probability=5", "--", "true", "{x}")
    assert done.code == 2
    assert done.err.startswith('hone: option "probability" of curve is 5: it must lie in 0..1\n')
    done = hone("run", "-n", 1, *STUDY, "--scheduler-option", "probabilty=0.1", "--", "true", "{x}")
    assert done.code == 2
    assert 'did you mean "probability"?' in done.err
