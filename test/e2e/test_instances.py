"""--instances: a trial runs its command for each of a list, and is the mean over them."""
import json

import pytest

from lookers import trials_of

SCRIPT = """#!/bin/sh
echo "$HONE_TRIAL|$2|${HONE_INSTANCE-none}|${HONE_FOLD-none}|$HONE_SEED" >> runs
awk -v x="$1" -v n="${#2}" 'BEGIN { print "cost=" x + n }'
"""
BASE = ("--seed", 1, "--minimize", "cost", "-p", "x=0..1 = 0.5")


def run(hone, *options, command=("./train", "{x}", "{instance}")):
    return hone("run", *BASE, *options, "--", *command)


def runs(workdir):
    return [line.split("|") for line in (workdir / "runs").read_text().splitlines()]


@pytest.fixture(autouse=True)
def the_script(train):
    return train


def test_a_file(hone, workdir):
    (workdir / "list.txt").write_text("# small\n a\n\nb c\t\r\n#d\nlong one")
    done = run(hone, "-n", 1, "--instances", "list.txt")
    assert done.code == 0, done.err
    assert "Each trial is the mean over 3 instances.\n" in done.out
    assert "Best: cost 4.5 ± 2.1 (3 instances) in trial 0\n" in done.out
    assert [r[:4] for r in runs(workdir)] == [
        ["0", "a", "a", "0"], ["0", "b c", "b c", "1"], ["0", "long one", "long one", "2"]]
    (workdir / "list.txt").unlink()  # it is kept with the study
    assert hone("resume", "-q", "-n", 2).code == 0
    assert [r[1] for r in runs(workdir)[3:]] == ["a", "b c", "long one"]


def test_show_names_them(hone):
    assert run(hone, "-q", "-n", 1, "--instances", "a,bcd", "--repeats", 2).code == 0
    page = hone("show", 0).out
    assert "(2 repeats of 2 instances)  (minimize" in page
    assert [line.rsplit(None, 1)[0] for line in page[page.index("\nrun  inst"):].splitlines()[1:6]] \
        == ["run  instance  repeat  cost", "  0         a       0   1.5", "  1       bcd       0   3.5",
            "  2         a       1   1.5", "  3       bcd       1   3.5"]
    trial = json.loads(hone("show", 0, "--json").out)
    assert [(r["instance"], r["fold"], r["repeat"]) for r in trial["runs"]] == \
        [("a", 0, 0), ("bcd", 1, 0), ("a", 0, 1), ("bcd", 1, 1)]
    assert trial["command"] == "./train 0.5 a"


def test_a_race(hone, workdir):
    done = run(hone, "-n", 12, "--instances", "a,b,c,d", "--scheduler", "race", "--sampler", "random")
    assert done.code == 0, done.err
    pruned = [t for t in trials_of(hone) if t["state"] == "PRUNED"]
    assert pruned and all(t["n_runs_ended"] < 4 for t in pruned)
    assert "  1 of 4 instances  (worse than trial " in done.out


def test_a_study_file_and_a_worker(hone, workdir):
    (workdir / "study.yaml").write_text("""
study: {minimize: cost, seed: 1}
space: {x: 0..1 = 0.5}
run: {command: [./train, "{x}", "{instance}"], trials: 1, instances: [a, "b,c"]}
""")
    assert hone("run", "-q", "study.yaml").code == 0
    assert [r[1] for r in runs(workdir)] == ["a", "b,c"]
    assert hone("edit", "-q", "-n", 2).code == 0
    assert hone("work", "-q").code == 0
    assert [r[1] for r in runs(workdir)] == ["a", "b,c"] * 2


def test_another_list_is_another_objective(hone):
    assert run(hone, "-q", "-n", 1, "--instances", "a,b").code == 0
    done = run(hone, "-n", 2, "--instances", "a,b,c,d,e")
    assert done.code == 2
    assert "  instances\n    - 2: a, b\n    + 5: a, b, c, …\n" in done.err
    done = run(hone, "-n", 2, command=("./train", "{x}", "a"))
    assert done.code == 2
    assert "  instances\n    - 2: a, b\n    + none\n" in done.err
    assert run(hone, "-q", "-n", 2, "--instances", "a,c", "--accept").code == 0


@pytest.mark.parametrize("options, command, message", [
    (("--instances", "none.txt"), None,
     "--instances: cannot read none.txt: No such file or directory; give a file with one instance a "
     "line, or a list (a,b,c)"),
    (("--instances", "a,"), None, "--instances: the list has one: it takes 2 or more"),
    (("--instances", "empty.txt"), None, "--instances: empty.txt has none: it takes 2 or more"),
    (("--instances", "a,b,a"), None, "--instances: the list has 'a' twice"),
    (("--instances", ",".join(map(str, range(1001)))), None,
     "--instances: the list has 1001: 1000 are possible"),
    (("--instances", "a,b", "--folds", 3), None,
     "--instances: a trial has either instances or folds: leave --folds out"),
    (("--instances", "a,b", "-p", "instance=1,2"), None,
     "--instances gives trials their {instance}, and a parameter is named instance, too: give it "
     "another name"),
    (("--instances", "latin1.txt"), None,
     "--instances: latin1.txt:3: an instance is a text in UTF-8, and this line is none: save the file "
     "in UTF-8"),
    (("--instances", "zero.txt"), None,
     "--instances: zero.txt:1: an instance is a text in UTF-8, and this line is none: save the file in "
     "UTF-8"),
    (("--instances", "."), None,
     "--instances: cannot read .: Is a directory; give a file with one instance a line, or a list "
     "(a,b,c)"),
    (("--instances", "large.txt"), None,
     "--instances: cannot read large.txt: it is larger than 1 MiB; give a file with one instance a "
     "line, or a list (a,b,c)"),
    ((), None,
     "{instance}: there are no instances here: add --instances, a list (a,b,c) or a file with one a "
     "line"),
    (("--instances", "a,b"), ("./train", "{x}", "{instanc}"),
     "{instanc} is not declared: did you mean {instance}? (a brace itself is written {{)"),
    (("--instances", "a,b", "--final"), ("./train", "--in", "{instance}"),
     "instance is missing in the final run, and --in would be left without its value: write "
     "{instance:--in} in place of both"),
])
def test_mistakes(hone, workdir, options, command, message):
    (workdir / "empty.txt").write_text("\n# nothing\n")
    (workdir / "latin1.txt").write_bytes(b"# caf\xe9\na\ncaf\xe9\n")
    (workdir / "zero.txt").write_bytes(b"a\0b\nc\n")
    (workdir / "large.txt").write_bytes(b"a\n" * (1 << 19) + b"b")
    done = run(hone, "-n", 1, *options, command=command or ("./train", "{x}", "{instance}"))
    assert done.code == 2
    assert done.err.splitlines()[0] == f"hone: {message}"
    assert not (workdir / "hone.db").exists()
