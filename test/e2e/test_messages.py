"""What the command says when it is used wrongly: the whole sentence, and the exit code.

Each sentence names the thing, says what is wrong and, where it is not plain, what would be right.
"""
import ctypes
import os
import pathlib
import resource
import shlex
import shutil
import signal
import sqlite3
import subprocess
import tempfile

import pytest

from lookers import NO_DATABASE

SPACE = "-p x=0..1"
SOURCES = pathlib.Path(__file__).resolve().parents[2] / "src" / "samplers"
SAMPLERS = " ".join(sorted(file.stem for file in SOURCES.glob("*.c")
                           if f"\nconst hn_sampler_class hn_sampler_{file.stem} =" in file.read_text()))
RUN = f"run -q --minimize loss {SPACE}"
END = "-- true {x}"

# (command line, the sentence after "hone: "); the exit code is 2. Nothing exists yet.
EMPTY = [
    ("rn", "there is no verb 'rn'; did you mean 'run'?"),
    ("frobnicate", "there is no verb 'frobnicate'; `hone help` lists them"),
    ("--versoin", "unknown option '--versoin'; did you mean '--version'?"),
    ("help frob", "there is no verb 'frob'; `hone help` lists them"),
    ("run", "there is nothing to run: the command comes after `--`, as in"),
    (f"{RUN} --minimze loss {END}",
     "unknown option '--minimze'; did you mean '--minimize'?"),
    (f"{RUN} --xyzzy {END}", "'hone run' has no option '--xyzzy'; see `hone run --help`"),
    (f"{RUN} -Z {END}", "'hone run' has no option '-Z'"),
    (f"{RUN} -é {END}", "'hone run' has no option '-é'"),
    (f"{RUN} -j 0 {END}", "--jobs takes a whole number between 1 and 65536, not '0'"),
    (f"{RUN} -j -1 {END}", "--jobs takes a whole number between 1 and 65536, not '-1'"),
    (f"{RUN} -n abc {END}", "--trials takes a whole number, not 'abc'"),
    (f"{RUN} -n 0 {END}", "--trials takes a whole number of at least 1, not '0'"),
    (f"{RUN} -n 1e3 {END}", "--trials takes a whole number, not '1e3'"),
    (f"{RUN} -n", "--trials needs a value: N|+N"),
    (f"{RUN} --time 2x {END}", "--time takes a duration (90, 90s, 10m, 2h, 1h30m), not '2x'"),
    (f"{RUN} --time -5 {END}", "--time takes a duration (90, 90s, 10m, 2h, 1h30m), not '-5'"),
    (f"{RUN} --grace soon {END}", "--grace takes a duration (90, 90s, 10m, 2h, 1h30m), not 'soon'"),
    (f"{RUN} --take frist {END}", "--take takes one of last|best, not 'frist'"),
    (f"{RUN} --durability x {END}", "--durability takes one of auto|normal|full, not 'x'"),
    (f"run {SPACE} --minimize a --minimize a {END}", 'metric "a" is named twice'),
    (f"run {SPACE} --minimize a --maximize a {END}", 'metric "a" is named twice'),
    (f"run {SPACE} --minimize a --maximize b --target 3 {END}",
     "--target needs a single objective, there are 2"),
    (f"run {SPACE} {END}",
     "what is the aim? Add --minimize NAME or --maximize NAME, where NAME is a metric that the "
     "command prints, as in loss=0.2"),
    (f"run --minimize loss {END}",
     "there is no parameter to tune: add -p NAME=SPEC, as in -p lr=log:1e-5..0.1"),
    (f"{RUN} true {{x}}",
     "'true' is no study file (.yaml, .yml, .json); a command comes after `--`"),
    (f"{RUN}", "there is nothing to run: the command comes after `--`, as in"),
    (f"{RUN} --", "the command is missing: after `--` comes the program with its arguments, as in "
     "-- ./train --lr {lr}"),
    (f"{RUN} -- ''", "the command is missing: after `--` comes the program with its arguments, as "
     "in -- ./train --lr {lr}"),
    (f"{RUN} --shell {END}", "--shell takes the command as one text: put it in quotes"),
    (f"{RUN} -p trial=0..1 {END}", "'trial' is reserved for placeholders, as are: trial seed dir "
     "ckpt resource from slot gpu args json json_file"),
    (f"{RUN} -p x=0..2 {END}", "there is a parameter 'x' already: 0..1"),
    (f"{RUN} -p opt={{a, b}} {END}", "'b}' looks like the end of a {…} that the shell has split; "
     "write the choices without braces and blanks: name=a,b,c"),
    (f"{RUN} -p depth=0..1 -- true {{dept}}",
     "{dept} is not declared: did you mean {depth}? (a brace itself is written {{)"),
    (f"run {SPACE} --minimize 'a b' {END}",
     '"a b" is no name for a metric: letters, digits and _ . / - @ are right'),
    (f"run {SPACE} --minimize '' {END}",
     "metric 1 has no name: write one as the command prints it, such as loss"),
    (f"{RUN} --constraint loss {END}", "after the metric's name comes <= or >=, as in latency<=20"),
    (f"{RUN} --constraint 'latency<=' {END}",
     "after <= comes the bound, a finite number, as in latency<=20"),
    (f"{RUN} --regex 'loss=(' {END}",
     'in the regular expression: missing closing parenthesis'),
    (f"{RUN} --regex loss {END}", "in the regular expression: a group ( ) around the number is "
     "missing, e.g. loss ([0-9.e+-]+)"),
    (f"{RUN} --metric-from '' {END}",
     '"" names no file: expected file:path, e.g. result.json:eval.loss'),
    (f"{RUN} --regex '(a)' --metric-from a.json {END}",
     "the objective can be read in one way only: --metric-from, --regex or --metric time|maxrss"),
    (f"{RUN} --study a/b {END}",
     '"a/b" is no name for a study: letters, digits and . _ - + @ are right (at most 128)'),
    (f"{RUN} --sampler rnadom {END}",
     f'there is no sampler "rnadom", did you mean "random": there are {SAMPLERS}'),
    (f"{RUN} --sampler random --sampler-option seed=4 {END}",
     'random takes no options: "seed" is unknown'),
    (f"{RUN} --sampler-option foo {END}", "--sampler-option takes name=value, not 'foo'"),
    (f"{RUN} --storage mysql:x {END}", 'there is no storage "mysql": there are memory sqlite'),
    (f"{RUN} --storage sqlite: {END}",
     'the storage "sqlite:" names no file: sqlite:hone.db, say'),
    ("resume", NO_DATABASE),
    ("status", NO_DATABASE),
    ("try x=1", NO_DATABASE),
    ("logs 3", NO_DATABASE),
    ("report loss=3", "not inside a trial (neither HONE_FD nor HONE_DIR is set); name the trial: "
     "hone report --trial N loss=3"),
    ("run a.yaml b.yaml", "one study file at a time: 'b.yaml' is the second"),
    (f"{RUN} --scheduler asha {END} {{resource}}",
     "{resource}: the scheduler asha gives trials no resource unless its options say how long "
     "training is (`hone schedulers asha`); or write the number"),
    ("run nosuch.yaml", "cannot open nosuch.yaml: No such file or directory"),
]

# On a study with two trials.
EXISTING = [
    ("try z=1", 'there is no parameter "z" among x'),
    ("try x=9", "x = 9 is outside 0..1"),
    ("try x=abc", "'abc' is not a number; x takes 0..1"),
    ("try x", "a value is given as name=value, not 'x'"),
    ("try x=1 x=1", "'x' is given twice"),
    ("tell 9 1", 'there is no trial 9: study "default" has trials 0 to 1'),
    ("tell abc 1", "a trial is named by its number, such as 17, not 'abc'"),
    ("show 999", 'there is no trial 999: study "default" has trials 0 to 1'),
    ("logs 999", 'there is no trial 999: study "default" has trials 0 to 1'),
    ("logs 0 1", "'hone logs' does not take '1'"),
    ("rerun 0 -j 2", "--jobs goes with --now: what is queued runs in the slots of the run that takes "
     "it"),
    ("retest -j 2", "--jobs goes with --now: what is queued runs in the slots of the run that takes "
     "it"),
    ("best --format xml", "--format takes one of args|json|yaml|env, not 'xml'"),
    ("trials --state DONE", "there is no state 'DONE'; there are WAITING, RUNNING, PAUSED, "
     "COMPLETE, PRUNED, FAILED, TIMEOUT, OOM, INFEASIBLE, INVALID and LOST"),
    ("status --study other", 'there is no study "other" in hone.db: it holds default'),
    ("resume other", 'there is no study "other" in hone.db: it holds default'),
    ("studies delete other", 'there is no study "other" in hone.db: it holds default'),
    ("run --minimize loss -p x=0..1 --seed 3 -- echo loss={x}",
     "the study 'default' has the seed 7, which stays; --study NAME begins another one"),
]


def first_line(result):
    assert result.out == ""
    lines = result.err.rstrip("\n").split("\n")
    assert lines[0].startswith("hone: ")
    # What follows is the line with its caret, or indented.
    assert all(line.startswith("    ") for line in lines[1:])
    return lines[0][len("hone: "):]


@pytest.mark.parametrize("line, sentence", EMPTY, ids=[line for line, _ in EMPTY])
def test_nothing_exists(hone, workdir, line, sentence):
    result = hone(*shlex.split(line), timeout=10)
    assert (result.code, first_line(result)) == (2, sentence)
    assert not list(workdir.iterdir())


@pytest.fixture(scope="session")
def study(tmp_path_factory, build_dir):
    directory = tmp_path_factory.mktemp("study")
    subprocess.run([build_dir / "bin" / "hone", "run", "-q", "-n", "2", "--seed", "7", "--minimize",
                    "loss", "-p", "x=0..1", "--", "echo", "loss={x}"], cwd=directory, check=True,
                   capture_output=True)
    return directory


@pytest.fixture
def copied(study, workdir):
    """The study's database, as a copy of the test's own."""
    shutil.copy(study / "hone.db", workdir / "hone.db")
    return workdir / "hone.db"


@pytest.mark.parametrize("line, sentence", EXISTING, ids=[line for line, _ in EXISTING])
def test_a_study_exists(hone, copied, line, sentence):
    result = hone(*shlex.split(line), timeout=10)
    assert (result.code, first_line(result)) == (2, sentence)


# --- a changed study ---

CHANGED = [
    ("--minimize loss -p x=0..2 -- echo loss={x}", "parameters", "x 0..1", "x 0..2"),
    ("--maximize loss -p x=0..1 -- echo loss={x}", "objective", "minimize loss", "maximize loss"),
    ("--minimize loss -p x=0..1 -- echo loss={x} 2", "command", "echo loss={x}",
     "echo loss={x} 2"),
]
TAKE_OVER = ("Change it with --accept, begin another study with --study NAME, or go on with what "
             "it\nhas by `hone resume`.\n")


@pytest.mark.parametrize("line, what, had, asked", CHANGED, ids=[row[1] for row in CHANGED])
def test_a_changed_study_is_refused_with_a_diff(hone, copied, line, what, had, asked):
    before = hone("export", "--format", "json").out
    result = hone("run", *shlex.split(line))
    assert result.code == 2 and result.out == ""
    refusal = ("hone: the study 'default' differs from what is asked for (- has, + asked for):\n"
               f"  {what}\n    - {had}\n    + {asked}\n")
    assert result.err == refusal + TAKE_OVER
    assert hone("export", "--format", "json").out == before
    accepted = hone("run", "-q", "--accept", "-n", 3, *shlex.split(line))
    assert (accepted.code, accepted.err) == (0, "")


# --- the storage ---

def said(hone, *args, code=1):
    result = hone(*args, timeout=10)
    assert result.code == code
    return first_line(result)


def run_on(path):
    return ["run", "-q", "-n", "9", "--minimize", "loss", "-p", "x=0..1", "--storage",
            f"sqlite:{path}", "--", "echo", "loss={x}"]


def test_no_folder(hone):
    assert said(hone, *run_on("no/x.db")) == "cannot create no/x.db: its folder does not exist"
    assert said(hone, "status", "--storage", "no/x.db", code=2) == \
        NO_DATABASE.replace("hone.db", "no/x.db")


def test_a_folder(hone, workdir):
    (workdir / "d").mkdir()
    for args in (run_on("d"), ["status", "--storage", "sqlite:d"]):
        assert said(hone, *args) == "cannot open d: it is a folder, not a file"


def test_a_text_file(hone, workdir):
    (workdir / "x.db").write_text("hello\n")
    for args in (run_on("x.db"), ["status", "--storage", "x.db"]):
        assert said(hone, *args) == (
            "x.db is not a Hone database (it is not an SQLite file); nothing was changed")
    assert (workdir / "x.db").read_text() == "hello\n"


def test_the_database_of_another_program(hone, workdir):
    other = sqlite3.connect(workdir / "x.db")
    other.execute("create table t (a)")
    other.commit()
    other.close()
    before = (workdir / "x.db").read_bytes()
    for args in (run_on("x.db"), ["status", "--storage", "x.db"]):
        assert said(hone, *args) == ("x.db is not a Hone database (it is another program's SQLite "
                                     "file); nothing was changed")
    assert (workdir / "x.db").read_bytes() == before


def test_a_newer_format(hone, copied):
    database = sqlite3.connect(copied)
    database.execute("pragma user_version = 99")
    database.commit()
    database.close()
    for args in (run_on("hone.db"), ["status"]):
        assert said(hone, *args) == (
            "hone.db was made by a newer Hone (format 99, this one knows 2): update this one")


def test_damage(hone, copied):
    data = bytearray(copied.read_bytes())
    for at in range(8192, len(data), 97):
        data[at] ^= 0xFF
    copied.write_bytes(data)
    for args in (run_on("hone.db"), ["status"], ["resume", "-n", "9"]):
        line = said(hone, *args)
        # Which of its checks sees it hangs on what the pages hold, as long as paths and names are.
        assert line.startswith("hone.db is damaged") and line.endswith("nothing was changed")
    assert copied.read_bytes() == bytes(data)


def test_half_a_file(hone, copied):
    copied.write_bytes(copied.read_bytes()[:copied.stat().st_size // 2])
    assert said(hone, "status").startswith("hone.db is damaged (")


def test_an_empty_file(hone, workdir):
    (workdir / "hone.db").touch()
    assert said(hone, "status", code=2) == "hone.db is empty: `hone run` begins a study in it"
    assert hone(*run_on("hone.db")).code == 0


PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def bound_by_permissions():
    """Takes from root what lets it past the permissions of files, from the next exec on.

    Another user would do, but may be kept from the build by the folder of root that it is in.
    """
    if os.getuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "PR_CAPBSET_DROP")


@pytest.fixture
def anyone(hone, study):
    """Runs the command as somebody whom permissions bind, in a folder with the study."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hone-"))
    shutil.copy(study / "hone.db", folder / "hone.db")

    def run(*args):
        done = subprocess.run(hone.command(*args), cwd=folder, preexec_fn=bound_by_permissions,
                              text=True, capture_output=True, env=hone.environment, timeout=10,
                              check=False)
        assert done.stdout == ""
        return done.returncode, done.stderr

    run.folder = folder
    yield run
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_write_protected(anyone):
    (anyone.folder / "hone.db").chmod(0o444)
    assert anyone(*run_on("hone.db")) == (
        1, "hone: cannot open hone.db for writing: it is write-protected\n")
    (anyone.folder / "hone.db").chmod(0)
    assert anyone("status") == (1, "hone: cannot open hone.db: Permission denied\n")


def test_a_folder_that_may_not_be_written_to(anyone):
    (anyone.folder / "hone").mkdir()
    anyone.folder.chmod(0o555)
    assert anyone(*run_on("new.db")) == (
        1, "hone: cannot create new.db in its folder: Permission denied\n")
    assert anyone(*run_on("hone.db")) == (
        1, "hone: cannot open hone.db: its folder must be writable, for SQLite keeps its log "
        "there\n")


def small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (200 * 1024, 200 * 1024))


def test_a_full_disk_loses_nothing_that_was_finished(hone, workdir):
    process = hone.start("run", "--minimize", "loss", "-n", "5000", "-p", "x=0..1", "--", "echo",
                         "loss={x}", preexec_fn=small_files)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 1
    assert err.splitlines()[-1] == (
        "hone: cannot append to hone.db: the disk is full; nothing was changed, and it goes on as "
        "soon as there is space")
    shown = [line for line in out.splitlines() if line.startswith("trial ")]
    kept = hone("trials", "--json").out.splitlines()
    assert 5 < len(shown) <= sum('"COMPLETE"' in line for line in kept)
    assert hone("resume", "-q", "-n", len(shown) + 20).code == 0


# --- what is no program ---

@pytest.mark.parametrize("command, why", [
    ("./nosuch", 'command not found: "./nosuch" does not exist'),
    ("nosuch-program", 'command not found: "nosuch-program" is not in PATH'),
    ("./plain", 'cannot run "./plain": it is not executable; chmod +x "./plain", or name its '
     'interpreter first'),
    ("/", 'cannot run "/": it is a folder'),
])
def test_a_command_that_cannot_run(hone, workdir, command, why):
    (workdir / "plain").write_text("hello\n")
    args = ["run", "-n", 5, "--minimize", "loss", "-p", "x=0..1", "--", command, "{x}"]
    result = hone(*args)
    line, caret = "    hone " + " ".join(map(str, args)), result.err.splitlines()[-1]
    assert (result.code, result.out) == (2, "")
    assert result.err == f"hone: {why}\n{line}\n{caret}\n" and caret.strip() == "^"
    assert line[len(caret) - 1:].startswith(command)
    assert not (workdir / "hone.db").exists() # the mistake costs neither a trial nor a study
    assert f"\nIt would not start: {why}\n" in hone("run", "--dry-run", *args[1:]).out


def test_a_command_line_in_one_argument(hone, workdir):
    result = hone("run", "-q", "--minimize", "loss", "-p", "x=0..1", "--", "echo loss={x}")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(
        'hone: command not found: "echo loss={x}"; a whole command line in one argument needs '
        '--shell\n')
    result = hone("run", "-q", "-n", 1, "--minimize", "loss", "-p", "x=0..1", "--shell", "--",
                  "echo loss={x}")
    assert result.code == 0


def test_a_program_that_is_there_at_first_only(hone, workdir):
    program = workdir / "train"
    program.write_text("#!/bin/sh\necho loss=$1\nrm train\n")
    program.chmod(0o755)
    args = ["run", "-q", "-n", 5, "--minimize", "loss", "-p", "x=0..1", "--", "./train", "{x}"]
    result = hone(*args)
    assert result.code == 3 or "does not exist" in result.err
    assert hone("trials", "--json").out.count('"COMPLETE"') == 1
    result = hone("resume", "-q")
    assert result.code == 2
    assert result.err.startswith('hone: command not found: "./train" does not exist\n')


def test_a_metric_file_that_nobody_writes(hone, workdir):
    result = hone("run", "-q", "-n", 5, "--minimize", "loss", "-p", "x=0..1", "--metric-from",
                  "out.json:a.b", "--", "true", "{x}")
    path = workdir / "hone" / "default" / "0" / "out.json"
    assert result.code == 4
    assert f"it did not write {path.parent.parent}" in result.err


# What is typed is recorded as JSON, which is UTF-8.
@pytest.mark.parametrize("line, place", [
    (["run", "--minimize", "loss", "-p", "x=0..1", "--dir", "a\udcffb", "--", "true"], 7),
    (["run", "--minimize", "loss", "-p", "a\udcff=0..1", "--", "true"], 5),
    (["run", "--minimize", "loss", "-p", "x=0..1", "--", "./\udce9t\udce9"], 7),
    (["note", "0", "\udcff"], 3),
])
def test_words_that_are_not_utf8(hone, copied, line, place):
    done = subprocess.run(hone.command(*line), capture_output=True, env=hone.environment, check=False)
    told = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, b"")
    assert told[0].decode() == (
        f"hone: word {place} of the command line is not UTF-8, in which Hone keeps what it is given: "
        "write it in UTF-8, or rename the file")
    assert len(told) == 3 and told[2].strip() == b"^"


def test_a_variable_that_is_not_utf8(hone, workdir):
    done = hone("run", "--minimize", "loss", "-p", "x=0..1", "--", "true", env={"HONE_DIR": "a\udcff"})
    assert (done.code, done.out) == (2, "")
    assert done.err == "hone: the environment variable HONE_DIR is wrong: it is not UTF-8\n"
    assert not list(workdir.iterdir())


# --- study files ---

FILES = [
    ("", "study.yaml: a study file holds the sections study, space, constraints, sampler, "
     "scheduler and run", None),
    ("[1,2]\n", "study.yaml: a study file holds the sections study, space, constraints, sampler, "
     "scheduler and run", None),
    ("study: {name: a}\nspce: {x: 0..1}\n",
     'study.yaml:2: a study file has no key "spce"; did you mean "space"?', "spce"),
    ("space:\n  x: 0..1\n   y: 0..1\n",
     "study.yaml:3: a 'key: value' is not allowed here; its indentation is wrong, or a text with "
     "': ' needs quotes", ": 0..1"),
    ("space:\n\tx: 0..1\n", "study.yaml:2: a tab stands here; YAML is indented with blanks",
     " x: 0..1"),
    ("space:\n  x: 0..1\n y: 0..1\n",
     "study.yaml:3: a key is expected here; its indentation differs from that of its neighbours, "
     "or a quote or bracket above is not closed", "y: 0..1"),
    ('space:\n  x: "0..1\nrun:\n  trials: 3\n', "study.yaml:2: this quote is never closed",
     '"0..1'),
    ("space:\n  x: 0..1\n  x: 0..2\n", 'study.yaml:3: the key "x" stands here twice', "x: 0..2"),
    ("space:\n  x: 0...1\n", "study.yaml:2: a range has two dots, as in 0..0.5", ".1"),
    ("space:\n  x: 0..1 if y>2\n", "study.yaml:2: there is no parameter 'y' among x", "y>2"),
    ("space:\n  x: {type: flaot, low: 0, high: 1}\n",
     'study.yaml:2: x: there is no type "flaot" (did you mean "float"?); types are float, int, '
     "categorical, ordinal, bool, permutation, subset, simplex, normal and lognormal", "x: {"),
    ("space: 3\n", 'study.yaml:1: "space" is a section of keys and values, not a whole number',
     "space"),
    ("study:\n  minimise: loss\n",
     'study.yaml:2: section "study" has no key "minimise"; did you mean "minimize"?', "minimise"),
    ("run:\n  trials: many\n", 'study.yaml:2: "trials" takes a whole number, not a text',
     "trials"),
    ("run:\n  trials: -3\n", 'study.yaml:2: "trials" must be at least 1', "trials"),
    ('space:\n  x: 0..1\nconstraints:\n  forbid: ["x>"]\n',
     "study.yaml:4: the expression ends too early; a parameter, a number or a choice is expected",
     '"]'),
    ("sampler: rnadom\n",
     'study.yaml:1: there is no sampler "rnadom", did you mean "random": there are '
     + SAMPLERS, "rnadom"),
]


@pytest.mark.parametrize("text, sentence, under", FILES)
def test_a_wrong_study_file(hone, workdir, text, sentence, under):
    (workdir / "study.yaml").write_text(text)
    result = hone("run", "study.yaml", "--", "true")
    assert (result.code, first_line(result)) == (2, sentence)
    lines = result.err.rstrip("\n").split("\n")
    if under is None:
        assert len(lines) == 1
    else:
        assert lines[2].strip() == "^"
        assert lines[1][lines[2].index("^"):].startswith(under)
    assert [path.name for path in workdir.iterdir()] == ["study.yaml"]


# --- output that cannot be written ---

@pytest.mark.parametrize("args", [["help"], ["trials"], ["status"], ["show", "0"]])
def test_a_full_disk_behind_the_output(hone, copied, args):
    with open("/dev/full", "w", encoding="utf-8") as full:
        process = hone.start(*args, stdout=full)
        _, err = process.communicate(timeout=10)
    assert process.returncode == 1
    assert err == "hone: cannot write the output: No space left on device\n"


def test_a_reader_that_goes_away_is_no_error_to_speak_of(hone, copied):
    process = hone.start("trials", preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL))
    process.stdout.close()
    assert process.wait(timeout=10) in (0, 1, -signal.SIGPIPE)
    assert process.stderr.read() == ""
    process.stderr.close()
    process.stdin.close()
