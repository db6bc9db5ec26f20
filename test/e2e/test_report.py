"""hone report: inside a trial over HONE_FD or metrics.jsonl, elsewhere to the study."""
import json
import os
import socket
import threading

import pytest


@pytest.fixture
def study(hone):
    hone("ask", "-p", "x=0..1", "--minimize", "loss", "--metric", "speed", "--seed", "1")
    return hone


def reports(hone):
    return json.loads(hone("show", "0", "--json").out)["reports"]


# --- to the study ---

def test_reports_of_an_asked_trial(study):
    for args in (["loss=0.5", "step=2"], ["0.25"], ["loss=0.125", "speed=3", "step=10"]):
        done = study("report", "--trial", "0", *args)
        assert (done.code, done.out, done.err) == (0, "", "")
    assert reports(study) == [
        {"step": 2.0, "values": {"loss": 0.5}}, {"step": 3.0, "values": {"loss": 0.25}},
        {"step": 10.0, "values": {"loss": 0.125, "speed": 3.0}}]


@pytest.mark.parametrize("args, message", [
    (["--trial", "0", "los=1"], "the study has no metric 'los'; did you mean 'loss'?"),
    (["--trial", "0", "step=1"], "nothing to report: give NAME=NUMBER, such as loss=0.3"),
    (["--trial", "0", "1", "step=1", "step=2"], "'step' is given twice"),
    (["--trial", "5", "1"], 'there is no trial 5: study "default" has trial 0 only'),
    (["--trial", "x", "1"], "--trial takes a whole number, not 'x'"),
    (["loss=1"], "not inside a trial (neither HONE_FD nor HONE_DIR is set); name the trial: hone "
                 "report --trial N loss=1"),
    ([], "nothing to report: give NAME=NUMBER, such as loss=0.3, or --attr NAME=VALUE"),
    (["--trial", "0"], "nothing to report: give NAME=NUMBER, such as loss=0.3"),
    (["--attr", "n"], "--attr takes NAME=VALUE, such as n_params=12345 or arch=resnet, not 'n'"),
    (["--attr", "=1"], "--attr takes NAME=VALUE, such as n_params=12345 or arch=resnet, not '=1'"),
    (["--attr", "n=1", "--attr", "n=2"], "--attr n is given twice"),
    (["--trial", "0", "--attr", "a\tb=1"], "the name of an attribute is a text of 1 to 128 bytes "
                                           'without control characters, not "a\tb"'),
    (["--attr", "n=1"], "not inside a trial (neither HONE_FD nor HONE_DIR is set); name the trial: "
                        "hone report --trial N --attr NAME=VALUE"),
])
def test_mistakes(study, args, message):
    done = study("report", *args)
    assert (done.code, done.out, done.err.splitlines()[0]) == (2, "", f"hone: {message}")


def test_only_a_running_trial_reports(study):
    study("tell", "0", "1")
    done = study("report", "--trial", "0", "2")
    assert done.code == 2
    assert done.err.splitlines()[0] == "hone: trial 0 is COMPLETE: only a RUNNING trial reports"


# --- over the descriptor ---

class Engine:
    """The other end of HONE_FD: answers each line that comes with what `answer` makes of it."""

    def __init__(self, answer):
        self.ours, self.theirs = socket.socketpair()
        self.heard = []
        self.answer = answer
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        for line in self.ours.makefile("r", encoding="utf-8"):
            self.heard.append(json.loads(line))
            for reply in self.answer(self.heard[-1]):
                self.ours.sendall((json.dumps(reply) + "\n").encode())

    def report(self, hone, *args, env=None):
        fd = self.theirs.fileno()
        process = hone.start("report", *args, pass_fds=[fd],
                             env={"HONE_FD": str(fd), "HONE_TRIAL": "0", **(env or {})})
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def end(self):
        self.theirs.close()
        self.thread.join()
        self.ours.close()


@pytest.fixture
def engine():
    made = []

    def make(answer):
        made.append(Engine(answer))
        return made[-1]
    yield make
    for one in made:
        one.end()


def test_a_line_goes_out_and_its_answer_comes_back(hone, engine):
    one = engine(lambda m: [{"reply": m["reply"], "stop": m["step"] == 2}])
    assert one.report(hone, "loss=0.2", "step=1") == (0, "", "")
    assert one.report(hone, "loss=0.1", "step=2") == (10, "", "")
    assert one.report(hone, "loss=nan", "speed=-inf", "step=3") == (0, "", "")
    nonces = [m.pop("reply") for m in one.heard]
    assert len(set(nonces)) == 3
    assert one.heard == [{"loss": 0.2, "step": 1.0}, {"loss": 0.1, "step": 2.0},
                         {"loss": "nan", "speed": "-inf", "step": 3.0}]


def test_lines_for_others_are_passed_over(hone, engine):
    one = engine(lambda m: [{"reply": "other"}, ["nonsense"], {"x": 1},
                            {"reply": m["reply"], "stop": False}])
    assert one.report(hone, "loss=1") == (0, "", "")


def test_what_is_wrong_with_a_report_is_said(hone, engine):
    one = engine(lambda m: [{"ok": False, "stop": m["los"] == 2, "error": "no metric 'los'",
                             "reply": m["reply"]}])
    assert one.report(hone, "los=1") == (2, "", "hone: no metric 'los'\n")
    assert one.report(hone, "los=2") == (10, "", "hone: no metric 'los'\n")


def test_a_wish_to_stop_that_comes_unasked_counts(hone, engine):
    one = engine(lambda m: [{"stop": True}, {"reply": m["reply"]}])
    assert one.report(hone, "loss=1") == (10, "", "")


def test_many_reports_of_one_trial_at_once(hone, engine, workdir):
    one = engine(lambda m: [{"reply": m["reply"], "stop": m["loss"] == 3}])
    codes = {}

    def report(value):
        codes[value] = one.report(hone, f"loss={value}", env={"HONE_DIR": str(workdir)})[0]

    threads = [threading.Thread(target=report, args=(v,)) for v in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == {0: 0, 1: 0, 2: 0, 3: 10, 4: 0, 5: 0}


def test_an_engine_that_is_gone_leaves_the_file(hone, workdir):
    ours, theirs = socket.socketpair()
    ours.close()
    process = hone.start("report", "loss=1", "step=2", pass_fds=[theirs.fileno()],
                         env={"HONE_FD": str(theirs.fileno()), "HONE_DIR": str(workdir)})
    assert process.communicate(timeout=60) == ("", "") and process.returncode == 0
    theirs.close()
    assert (workdir / "metrics.jsonl").read_text() == '{"loss":1.0,"step":2.0}\n'


# --- over the file ---

def test_a_closed_descriptor_falls_back_on_the_file(hone, workdir):
    env = {"HONE_FD": "77", "HONE_DIR": str(workdir)}
    assert hone("report", "loss=0.5", "step=1", env=env).code == 0
    assert hone("report", "loss=0.25", env=env).code == 0
    (workdir / "STOP").write_text("stop\n")
    assert hone("report", "loss=inf", env=env).code == 10
    lines = (workdir / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [{"loss": 0.5, "step": 1.0}, {"loss": 0.25},
                                                    {"loss": "inf"}]


def test_a_file_under_the_same_number_is_left_alone(hone, workdir):
    with open(workdir / "other", "wb") as other:
        env = {"HONE_FD": str(other.fileno()), "HONE_DIR": str(workdir)}
        process = hone.start("report", "loss=1", pass_fds=[other.fileno()], env=env)
        process.communicate(timeout=60)
    assert (workdir / "other").read_bytes() == b""
    assert (workdir / "metrics.jsonl").exists()


def test_a_folder_that_cannot_be_written(hone, workdir):
    done = hone("report", "loss=1", env={"HONE_DIR": str(workdir / "none")})
    path = workdir / "none" / "metrics.jsonl"
    assert (done.code, done.err) == (
        1, f"hone: cannot report to {path}: No such file or directory\n")


@pytest.mark.parametrize("word, message", [
    ("loss", "a report is given as NAME=NUMBER, such as loss=0.3 step=3, not 'loss'"),
    ("loss=x", "a report is given as NAME=NUMBER, such as loss=0.3 step=3, not 'loss=x'"),
    ("reply=1", "'reply' is reserved"),
])
def test_mistakes_inside_a_trial(hone, workdir, word, message):
    done = hone("report", word, env={"HONE_DIR": str(workdir)})
    assert (done.code, done.err.splitlines()[0]) == (2, f"hone: {message}")
    assert not (workdir / "metrics.jsonl").exists()


# --- in a real run ---

def test_reports_of_a_run(hone, workdir):
    script = f'for i in 3 2 1; do {hone.program} report loss=$i step=$((4 - i)) || exit 9; done'
    done = hone("run", "-n", "1", "--minimize", "loss", "-p", "x=0..1", "--", "sh", "-c", script)
    assert done.code == 0, done.err
    assert reports(hone) == [{"step": s, "values": {"loss": 4 - s}} for s in (1.0, 2.0, 3.0)]
    trial = json.loads(hone("show", "0", "--json").out)
    assert (trial["state"], trial["values"]) == ("COMPLETE", {"loss": 1.0})
    assert os.listdir(workdir / "hone" / "default") == ["0"]


# --- attributes ---

ATTRS = {"n": 12345, "arch": "resnet", "v": "3", "tags": ["a", 1], "words": "two words", "t": True}
GIVEN = ["--attr", "n=12345", "--attr", "arch=resnet", "--attr", 'v="3"', "--attr", 'tags=["a",1]',
         "--attr", "words=two words", "--attr", "t=true"]


def attrs(hone, number=0):
    return json.loads(hone("show", str(number), "--json").out)["attrs"]


def test_attributes_of_an_asked_trial_at_any_time(study):
    assert attrs(study) == {}
    assert study("report", "--trial", "0", *GIVEN).code == 0
    assert study("report", "--trial", "0", "loss=0.5", "--attr", "n=7").code == 0
    assert attrs(study) == {**ATTRS, "n": 7}
    assert study("tell", "0", "loss=0.5", "--attr", "told=1.5").code == 0
    assert study("report", "--trial", "0", "--attr", "late=null").code == 0
    assert attrs(study) == {**ATTRS, "n": 7, "told": 1.5, "late": None}
    assert "\nattributes\n  n          7\n  arch       resnet\n  v          \"3\"\n" in study(
        "show", "0").out
    rows = study("export").out.splitlines()
    assert rows[0].startswith("number,state,values.loss,values.speed,params.x,attrs.n,attrs.arch,"
                              "attrs.v,attrs.tags,attrs.words,attrs.t,attrs.told,attrs.late,dur")
    assert ',7,resnet,3,"[""a"",1]",two words,true,1.5,null,' in rows[1]
    assert json.loads(study("trials", "--json").out)["attrs"] == attrs(study)


@pytest.mark.parametrize("unset", [[], ["HONE_FD"]])
def test_attributes_from_inside_a_trial(hone, workdir, unset):
    unset = "".join(f"unset {name}; " for name in unset)
    words = " ".join(f"'{word}'" for word in GIVEN)
    (workdir / "t.sh").write_text(f"{unset}hone report {words} && hone report loss=1 --attr n=2\n")
    done = hone("run", "-q", "-n", 1, "-p", "x=0..1", "--minimize", "loss", "--", "sh", "t.sh",
                env={"PATH": f"{hone.program.parent}:{os.environ['PATH']}"})
    assert done.code == 0, done.err
    assert attrs(hone) == {**ATTRS, "n": 2}


def test_a_wrong_attribute_is_answered(hone, workdir):
    (workdir / "t.py").write_text(
        "import json, os\n"
        "c = os.fdopen(int(os.environ['HONE_FD']), 'r+b', buffering=0)\n"
        "for attr in (3, {'': 1}, {'ok': 1}):\n"
        "    c.write(json.dumps({'attr': attr}).encode() + b'\\n')\n"
        "    print(c.readline().decode(), end='')\n"
        "print('{\"attr\": {\"printed\": 1}}')\n"
        "c.write(b'{\"loss\":1}\\n')\n")
    done = hone("run", "-q", "-n", 1, "-p", "x=0..1", "--minimize", "loss", "--", "python3", "t.py")
    assert done.code == 0, done.err
    answers = [json.loads(line) for line in
               (workdir / "hone/default/0/stdout").read_text().splitlines()[:3]]
    assert answers[0]["error"] == ('"attr" is an object of names and values: '
                                   '{"attr":{"n_params":12345}}')
    assert answers[1]["error"].startswith("the name of an attribute is a text of 1 to 128 bytes")
    assert answers[2] == {"ok": True, "stop": False}
    assert attrs(hone) == {"ok": 1}
