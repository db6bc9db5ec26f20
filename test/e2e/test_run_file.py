"""Study files: they mean the same as the options, and their schema says what is accepted."""
import json
import re

import pytest

SPACE = "space: {x: 'int:1..3'}\n"
RUN = "run: {command: \"sh -c 'echo loss={x}'\"}\n"


@pytest.fixture
def schema(root):
    return json.loads((root / "docs/reference/study.schema.json").read_text())


@pytest.fixture
def run_file(hone, workdir):
    def run(text, *args):
        (workdir / "study.yaml").write_text(text)
        return hone("run", "study.yaml", *args)
    return run


def normal(text):
    return re.sub(r"\b\d+(ms|\.\ds|s)\b", "T", text)


def test_a_file_is_the_same_as_the_options(hone, run_file, workdir):
    result = run_file("study: {minimize: loss, seed: 7}\n"
                      "space:\n  x: int:1..3\n  o: [a, b]\n"
                      "constraints: {forbid: x==1 && o==b}\n"
                      "sampler: grid\n"
                      "run:\n  command: sh -c 'echo loss={x} {o}'\n  trials: 9\n  jobs: 1\n")
    assert result.code == 0
    for path in workdir.glob("hone*.db*"):
        path.unlink()
    options = hone("run", "--minimize", "loss", "--seed", 7, "-p", "x=int:1..3", "-p", "o=a,b",
                   "--forbid", "x==1 && o==b", "--sampler", "grid", "-n", 9, "-j", 1, "--", "sh",
                   "-c", "echo loss={x} {o}")
    assert normal(options.out) == normal(result.out)


def test_options_go_before_the_file(run_file):
    text = "study: {minimize: loss, name: a}\nsampler: random\n" + SPACE + RUN
    result = run_file(text, "--study", "b", "--maximize", "loss", "--sampler", "grid", "-p",
                      "x=int:5..6", "-p", "y=bool", "-n", 3)
    assert result.code == 0
    assert "Study b (sqlite:hone.db): maximize loss" in result.out
    assert "x  int   5 .. 6" in result.out and "y  bool" in result.out
    assert "Sampler grid" in result.out and "Ends at 3 finished trials" in result.out


def test_a_recorded_metric_may_become_the_objective(run_file):
    text = ("study: {minimize: loss, metrics: [latency, size]}\nspace: {x: 0..1}\n"
            "run: {command: 'echo loss=1 latency={x} size=3', trials: 1}\n")
    done = run_file(text, "--minimize", "latency")
    assert done.code == 0, done.err
    assert "minimize latency, record size\n" in done.out


def test_a_command_behind_the_dashes_replaces_that_of_the_file(run_file):
    text = "study: {minimize: loss}\nsampler: grid\n" + SPACE + "run: {shell: true, command: exit}\n"
    result = run_file(text, "--", "echo", "loss={x}")
    assert result.code == 0 and "default: 3 COMPLETE" in result.out


@pytest.mark.parametrize("text, said", [
    ("run:\n  jbos: 3\n", "hone: study.yaml:2: section \"run\" has no key \"jbos\"; did you mean "
                          "\"jobs\"?\n      jbos: 3\n      ^\n"),
    ("space:\n  lr: log:1e-5..x\n", "hone: study.yaml:2: the high end is not a number: 'x'\n"
                                    "      lr: log:1e-5..x\n"
                                    "                    ^\n"),
    ("run:\n  time: 3x\n", "hone: study.yaml:2: the units of a duration are ms, s, m, h and d\n"
                           "      time: 3x\n"
                           "             ^\n"),
])
def test_a_mistake_is_shown_at_its_line(run_file, workdir, text, said):
    result = run_file(text)
    assert (result.code, result.out, result.err) == (2, "", said)
    assert [path.name for path in workdir.iterdir()] == ["study.yaml"]


def test_an_absent_file_is_a_mistake_of_the_command_line(hone):
    result = hone("run", "no.yaml")
    assert result.code == 2
    assert result.err == ("hone: cannot open no.yaml: No such file or directory\n"
                          "    hone run no.yaml\n"
                          "             ^\n")


def test_a_sweep_of_another_tool_is_understood(run_file):
    result = run_file("method: grid\nmetric: {name: loss, goal: minimize}\n"
                      "command: [sh, -c, 'echo loss={x}', '${args}']\nearly_terminate: {type: h}\n"
                      "parameters:\n  x: {min: 1, max: 3}\n  o: {values: [a, b]}\n")
    assert result.code == 0 and "default: 6 COMPLETE" in result.out
    assert result.err.startswith("hone: study.yaml is read as: W&B sweep\n"
                                 "hone: its early_terminate is left out: see --scheduler\n")
    result = run_file("parameters:\n  x:\n    {min: 3, max: 1}\n")
    assert result.code == 2 and "study.yaml:2: x: " in result.err


def sections(schema):
    """(section, key, example) of everything that the schema describes."""
    for section, part in schema["properties"].items():
        for key, value in part.get("properties", {}).items():
            yield from ((section, key, example) for example in value["examples"])


def begin_earlier(hone, storage, name):
    where = ("--storage", storage, "--study", name)
    asked = hone("ask", *where, "-p", "lr=0..1", "--minimize", "m")
    if json.loads(asked.out)["trial"] == 0:
        assert hone("tell", *where, "0", "m=1").code == 0


def test_what_the_schema_gives_as_examples_is_accepted(hone, run_file, workdir, schema):
    hone.environment["CUDA_VISIBLE_DEVICES"] = "0"  # GPUs that are asked for must be there
    base = {"study": {"minimize": "m", "metrics": ["usd"]}, "space": {"lr": "0..1", "opt": ["sgd", "adam"],
                                                  "a": "0..1", "b": "0..1"},
            "run": {"command": ["true", "{lr}"]}}
    n = 0
    for section, key, example in sections(schema):
        text = json.loads(json.dumps(base))
        text.setdefault(section, {})[key] = example
        if key == "shell":
            text["run"]["command"] = "true {lr}"
        if key == "template":
            for one in example if isinstance(example, list) else [example]:
                (workdir / one.partition(":")[0]).write_text("{lr}\n")
        if key == "from":  # the earlier studies that the example names
            for one in example if isinstance(example, list) else [example]:
                where, _, name = one.rpartition("#")
                begin_earlier(hone, where or "sqlite:hone.db", name)
        result = run_file(json.dumps(text), "--dry-run")
        assert (result.code, result.err) == (0, ""), f"{section}.{key}: {example}"
        n += 1
    assert n > 30


def test_the_schema_has_every_key_that_is_read(root, schema):
    source = (root / "src/core/study_file.c").read_text()
    for section in ("study", "constraints", "run"):
        table = re.search(rf"key_row {section.rstrip('s')}_keys\[\] = {{(.*?)\n}};", source, re.S)[1]
        keys = set(re.findall(r'{"([a-z-]+)", HN_KEY_', table))
        assert keys == set(schema["properties"][section]["properties"])


def test_keys_of_run_are_options_of_the_command(hone, schema):
    text = hone("run", "--help").out
    for section in ("study", "run"):
        for key in schema["properties"][section]["properties"]:
            option = {"name": "study", "metrics": "metric"}.get(key, key)
            assert key == "command" or f"--{option}" in text
