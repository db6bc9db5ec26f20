"""`--from`: a study that starts from earlier ones, what it says of them, and what is refused."""
import json

import pytest

LOSS = ('BEGIN { d = log(lr) / log(10) + 3; '
        'printf "loss=%.9g\\n", d * d + (w - 30) * (w - 30) / 1000 }')
COMMAND = ["--", "awk", "-v", "lr={lr}", "-v", "w={w}", LOSS.replace("{", "{{").replace("}", "}}")]
OLD = ["--seed", "5", "--sampler", "qmc", "--minimize", "loss", "-p", "lr=log:1e-6..1", "-p",
       "w=int:1..100"]
NEW = ["--seed", "6", "--minimize", "loss", "-p", "lr=log:1e-5..1", "-p", "w=int:1..100", "-p",
       "opt=a,b"]
NEW_COMMAND = [*COMMAND, "{opt}"]


@pytest.fixture(name="old")
def _old(hone):
    done = hone("run", "-q", "--study", "old", "-n", "40", *OLD, *COMMAND)
    assert done.code == 0, done.err
    return done


HEAD = """\
Study new (sqlite:hone.db): minimize loss
lr   float        1e-5 .. 1  log
w    int          1 .. 100
opt  categorical  a, b
infinitely many configurations
Sampler auto (gp), scheduler auto (curve), seed 6
    a model makes the most of the first trials; from trial 80 on tpe
From old: 40 trials, 2 of 3 parameters shared, 7 outside of this space left out
Ends at 8 finished trials; 1 runs at a time.
"""


def begin(hone, *options):
    return hone("run", "--study", "new", "--from", "old", "-n", "8", *options, *NEW, *NEW_COMMAND)


def test_head_and_status(hone, old):
    done = begin(hone)
    assert done.code == 0, done.err
    assert done.out.startswith(HEAD)
    said = hone("status", "new").out
    assert ("from        old: 40 trials, 2 of 3 parameters shared, 7 outside of this space\n"
            "            left out; agrees with 8 trials here (") in said
    sources = json.loads(hone("status", "new", "--json").out)["sources"]
    assert len(sources) == 1 and sources[0].pop("agreement") > 0.75
    assert sources == [{"study": "old", "storage": "sqlite:hone.db", "metric": "loss",
                        "goal": "minimize", "n_trials": 40, "n_copied": 40, "n_inside": 33,
                        "n_params": 3, "n_shared": 2, "used": True, "n_compared": 8}]


@pytest.mark.parametrize("aim, said", [
    (["--maximize", "loss"], "now maximizes it"),
    (["--minimize", "error"], "now minimizes error"),
    (["--minimize", "loss", "--minimize", "error"], "has 2 objectives now"),
])
def test_another_objective_since(hone, old, aim, said):
    assert begin(hone).code == 0
    params = [word for word in NEW if word not in ("--minimize", "loss")]
    done = hone("run", "--study", "new", "-n", "9", "--accept", *aim, *params, "--", "echo", "loss=1",
                "error=2", "{lr}", "{w}", "{opt}")
    assert done.code == 0, done.err
    line = f"old: 40 trials, 2 of 3 parameters shared; not used: it minimizes loss, and this one {said}"
    assert " ".join(done.out.split()).count(f"From {line} Ends at") == 1
    assert " ".join(hone("status", "new").out.split()).count(f"from {line} seed") == 1
    source, = json.loads(hone("status", "new", "--json").out)["sources"]
    assert (source["goal"], source["metric"], source["used"], source["n_inside"]) == \
        ("minimize", "loss", False, 0)


def test_it_begins_where_the_earlier_study_was_good(hone, old):
    assert begin(hone).code == 0
    first = json.loads(hone("trials", "new", "--json").out.splitlines()[0])
    assert first["values"]["loss"] < 0.5


def test_the_copy_stays(hone, old):
    """The same run goes on, resume and work too, with the earlier study gone; same suggestions."""
    assert begin(hone).code == 0
    assert hone("resume", "-q", "--study", "new", "-n", "12").code == 0
    wanted = hone("trials", "new", "--json").out.splitlines()
    assert hone("studies", "rename", "new", "kept").code == 0
    assert begin(hone).code == 0
    assert hone("studies", "delete", "old", "--yes").code == 0
    again = begin(hone)
    assert again.code == 0 and "goes on after 8 finished trials" in again.out
    assert "From old: 40 trials" in again.out
    assert hone("resume", "-q", "--study", "new", "-n", "12").code == 0
    got = hone("trials", "new", "--json").out.splitlines()
    assert [json.loads(line)["params"] for line in got] == \
        [json.loads(line)["params"] for line in wanted]


def test_study_file_and_other_storage(hone, old, tmp_path):
    (tmp_path / "study.yaml").write_text("""\
study:
  name: new
  storage: other.db
  minimize: loss
  from: [hone.db#old]
space:
  lr: log:1e-5..1
  w: int:1..100
run:
  command: [awk, -v, "lr={lr}", -v, "w={w}", "BEGIN {{ print \\"loss=\\" lr * w }}"]
  trials: 2
""")
    done = hone("run", tmp_path / "study.yaml")
    assert done.code == 0, done.err
    assert "From old: 40 trials, 2 of 2 parameters shared, 7 outside" in done.out


def test_ask_and_pipe(hone, old):
    asked = hone("ask", "--study", "asked", "--from", "old", *NEW)
    assert asked.code == 0, asked.err
    assert json.loads(hone("status", "asked", "--json").out)["sources"][0]["n_trials"] == 40
    opening = {"space": [{"name": "lr", "spec": "log:1e-5..1"}], "metrics": ["loss"],
               "from": "./hone.db#old"}
    piped = hone("pipe", stdin=json.dumps(opening) + '\n{"ask":1}\n')
    assert [json.loads(line).get("error") for line in piped.out.splitlines()] == [None, None]


def test_tpe_follows_what_it_shares(hone, old):
    """opt is unknown to the earlier study: a block of its own."""
    done = begin(hone, "--sampler", "tpe")
    assert done.code == 0, done.err
    assert "From old: 40 trials, 2 of 3 parameters shared" in done.out
    assert "makes no use" not in done.out
    said = json.loads(hone("status", "new", "--json").out)
    assert said["best"]["values"]["loss"] < 1 and said["sources"][0]["used"]


def test_cmaes_races_two_starts(hone, old):
    """The study has a copy of the earlier trials: resumed without --from it goes on the same."""
    def run(study, n, *options):
        return hone("run", "--study", study, "--from", "old", "-n", n, "--sampler", "cmaes", *options,
                    *NEW, *NEW_COMMAND)

    def points(study):
        lines = hone("trials", study, "--json").out.splitlines()
        return [json.loads(line)["params"] for line in lines]

    whole, part = run("whole", 16), run("part", 5)
    assert (whole.code, part.code) == (0, 0), whole.err
    assert "makes no use" not in whole.out
    assert (" it starts where earlier studies were best, if its first trials are better there "
            in " ".join(whole.out.split()))
    assert hone("resume", "part", "-n", "16").code == 0
    assert len(points("whole")) == 16 and points("part") == points("whole")
    assert run("cold", 8, "--sampler-option", "warm_start=0").code == 0
    apart = [a != b for a, b in zip(points("cold"), points("whole"))]
    assert apart == [False, True, True, False, True, False, False, True]


def test_a_sampler_that_makes_no_use_of_it_says_so(hone, old):
    said = begin(hone, "--sampler", "random", "--dry-run")
    assert said.code == 0
    assert ("From old: 40 trials, 2 of 3 parameters shared, 7 outside of this space left out;\n"
            "     the sampler random makes no use of them\n") in said.out


@pytest.mark.parametrize("options, sentence", [
    (["--from", "nope"], 'hone: there is no study "nope" in hone.db: it holds old'),
    (["--from", "nope.db#old"],
     "hone: there is no database nope.db: `hone run` begins a study, --storage names another "
     "database"),
    (["--from", "old,old"], 'hone: study "old" is named twice to start from'),
    (["--maximize", "gain", "--from", "old"],
     "hone: a study with 2 objectives cannot start from earlier ones: only one with a single "
     "objective can"),
])
def test_mistakes(hone, old, options, sentence):
    done = hone("run", "--study", "new", "-n", "8", *options, *NEW, *NEW_COMMAND)
    assert (done.code, done.out) == (2, "")
    assert done.err == sentence + "\n"


@pytest.mark.parametrize("aim, space, sentence", [
    (["--minimize", "error"], "lr=0..1",
     'hone: study "old" minimizes loss, this one minimizes error: start from one with the same '
     "objective"),
    (["--maximize", "loss"], "lr=0..1",
     'hone: study "old" minimizes loss, which this one maximizes: start from one with the same '
     "objective"),
    (["--minimize", "loss"], "rate=0..1",
     'hone: study "old" shares no parameter with this one, which has rate'),
    (["--minimize", "loss"], "lr=5..6",
     'hone: none of the 40 complete trials of study "old" lies in this space: widen it to where '
     "they are"),
])
def test_nothing_to_learn(hone, old, aim, space, sentence):
    done = hone("run", "--study", "new", "--from", "old", *aim, "-p", space, "--", "true",
                "{" + space.split("=", maxsplit=1)[0] + "}")
    assert (done.code, done.out, done.err) == (2, "", sentence + "\n")
    assert "new" not in hone("studies").out


@pytest.mark.parametrize("n, sentence", [
    (1, 'study "c" has 1 complete trial, and it breaks a constraint'),
    (3, 'study "c" has 3 complete trials, and each breaks a constraint'),
])
def test_complete_and_of_no_use(hone, n, sentence):
    space = ["-p", "x=0..1"]
    assert hone("run", "-q", "--study", "c", "-n", n, "--minimize", "loss", *space, "--constraint",
                "cost<=1", "--", "echo", "loss={x}", "cost=2").code == 0
    done = hone("run", "--study", "new", "--from", "c", "--minimize", "loss", *space, "--", "true",
                "{x}")
    assert (done.code, done.out, done.err) == (
        2, "", f"hone: there is nothing to start from: {sentence}\n")


def test_complete_and_outside_of_its_present_space(hone, old):
    assert hone("edit", "--study", "old", "--param", "w=int:200..300").code == 0
    done = hone("run", "--study", "new", "--from", "old", *NEW, *NEW_COMMAND)
    assert (done.code, done.out, done.err) == (
        2, "", 'hone: there is nothing to start from: of the complete trials of study "old" (40) each '
        "was removed, breaks a constraint, has no finite value or lies outside of its present space\n")


def test_from_itself_before_it_is_there(hone, old):
    for source in ("new", "old,new"):
        done = hone("run", "--study", "new", "--from", source, *NEW, *NEW_COMMAND)
        assert (done.code, done.out) == (2, "")
        assert done.err.splitlines()[0] == (
            "hone: the study 'new' cannot start from itself: name an earlier one, or begin this one "
            "under another name with --study")
    asked = hone("ask", "--study", "new", "--from", "new", *NEW)
    assert (asked.code, asked.err) == (2, 'hone: study "new" cannot start from itself\n')
    assert "new" not in hone("studies").out


def test_a_storage_of_several(hone, old):
    assert hone("studies", "copy", "old", "other").code == 0
    sentence = ("sqlite:./hone.db holds 2 studies: name the one to start from, as in "
                "sqlite:./hone.db#old")
    for verb in (["run"], ["ask"]):
        command = NEW_COMMAND if verb == ["run"] else []
        done = hone(*verb, "--study", "new", "--from", "./hone.db", *NEW, *command)
        assert (done.code, done.out, done.err) == (2, "", f"hone: {sentence}\n")
    done = hone("run", "-q", "--study", "new", "--from", "sqlite:./hone.db#old", "-n", "1", *NEW,
                *NEW_COMMAND)
    assert done.code == 0, done.err


def test_an_empty_name(hone, old):
    done = hone("run", "--study", "new", "--from", ",", *NEW, *NEW_COMMAND)
    assert done.code == 2
    assert done.err.startswith("hone: --from takes names of studies, such as old,older or "
                               "old.db#NAME, not ','\n")


def test_what_a_study_starts_from_is_decided_once(hone, old):
    assert begin(hone).code == 0
    done = hone("run", "--study", "new", "--from", "other", *NEW, *NEW_COMMAND)
    assert (done.code, done.err) == (
        2, "hone: the study 'new' was begun from old, which stays; --study NAME begins another one "
           "from other\n")
    itself = hone("run", "--study", "old", "--from", "old", *OLD, *COMMAND)
    assert (itself.code, itself.err) == (
        2, "hone: the study 'old' cannot start from itself: `hone resume` goes on with it, --study "
           "NAME begins another one\n")
