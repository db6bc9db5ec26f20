"""What a trial may take: memory."""
import json
import re
import time

import pytest

from waiting import wait_for

# Takes so many MiB, in the way that is asked for, and says its loss if it gets so far.
HOG = """
import subprocess, sys, time
mb, how = int(sys.argv[1]), sys.argv[2]
code = f"import time; x = bytearray({mb} << 20); time.sleep({30 if mb > 100 else 0})"
if how == "itself":
    exec(code)
elif how == "grandchild":
    subprocess.run(["sh", "-c", "\\"$@\\"; true", "sh", sys.executable, "-c", code])
elif how == "stray":  # in a session of its own, and its parent is gone
    subprocess.run(["sh", "-c", "setsid \\"$@\\" & exit 0", "sh", sys.executable, "-c", code])
    time.sleep(30 if mb > 100 else 0)
print("loss=1")
"""
GRID = ["--minimize", "loss", "--sampler", "grid"]


@pytest.fixture
def hog(workdir):
    (workdir / "hog.py").write_text(HOG)
    return ["--", "python3", "hog.py", "{mb}"]


def finished(out):
    events = [json.loads(line) for line in out.splitlines()]
    return [e for e in events if e["event"] == "finished"]


# --- memory ---


@pytest.mark.parametrize("how", ["itself", "grandchild", "stray"])
def test_a_trial_that_takes_too_much_is_oom(hone, hog, how):
    done = hone("run", "--json", *GRID, "-n", 2, "-p", "mb=10,250", "--mem-trial", "150M", *hog, how)
    assert done.code == 0, done.err
    small, large = finished(done.out)
    assert (small["state"], large["state"]) == ("COMPLETE", "OOM")
    said = re.fullmatch(r"used (\d+) MiB of memory, more than the 150 MiB of --mem-trial",
                        large["message"])
    assert said and 150 <= int(said[1]) < 330
    trial = json.loads(hone("show", 1, "--json").out)
    assert (trial["state"], trial["signal"], trial["message"]) == ("OOM", 9, said[0])


def test_many_at_once_are_told_apart(hone, hog):
    done = hone("run", "--json", *GRID, "-n", 4, "-j", 4, "-p", "mb=10,20,30,250",
                "--mem-trial", "150M", *hog, "grandchild")
    ends = {e["params"]["mb"]: e["state"] for e in finished(done.out)}
    assert ends == {10: "COMPLETE", 20: "COMPLETE", 30: "COMPLETE", 250: "OOM"}


def test_oom_is_retried(hone, workdir):
    script = ('[ -e again ] || { touch again; exec python3 -c "x = bytearray(250 << 20); import time; '
              'time.sleep(30)"; }; echo loss={x}')
    done = hone("run", "--json", *GRID, "-n", 1, "-p", "x=1,2", "--mem-trial", "150M", "--retries", 1,
                "--shell", "--", script)
    events = [json.loads(line) for line in done.out.splitlines()]
    retry = [e for e in events if e["event"] == "retry"]
    assert [e["trial"] for e in retry] == [0]
    assert "more than the 150 MiB of --mem-trial" in retry[0]["text"]
    assert finished(done.out)[0]["state"] == "COMPLETE"


def test_the_limit_is_kept_in_the_study(hone, hog, workdir):
    (workdir / "study.yaml").write_text("""\
study: {minimize: loss}
space: {mb: int:1..2}
run: {command: python3 hog.py {mb} itself, trials: 1, mem-trial: 4 GB}
""".replace("{command: python3 hog.py {mb} itself,", "{command: 'python3 hog.py {mb} itself',"))
    out = hone("run", "study.yaml").out
    assert "\nEach trial gets at most 4GB of memory.\n" in out
    assert hone("edit", "--mem-trial", "1.5G").out == "--mem-trial     1536M\n"
    assert "\nEach trial gets at most 1536M of memory.\n" in hone("resume", "-n", 2).out
    status = hone("status")
    assert "\neach trial  at most 1536M of memory\n" in status.out
    assert json.loads(hone("status", "--json").out)["limits"]["mem_trial_bytes"] == 1536 << 20
    assert hone("resume", "-n", 2, "--mem-trial", "0").code == 0
    assert json.loads(hone("status", "--json").out)["limits"]["mem_trial_bytes"] is None
    assert "--mem-trial     none\n" in hone("edit").out


def test_edit_reaches_trials_that_start_from_now_on(hone, workdir):
    script = ('touch up.$HONE_TRIAL; while [ ! -e go ]; do sleep 0.02; done; python3 -c '
              '"x = bytearray(250 << 20); import time; time.sleep(1)" && echo loss={x}')
    process = hone.start("run", "--json", *GRID, "-n", 2, "-p", "x=1,2", "--shell", "--", script)
    try:
        wait_for((workdir / "up.0").exists)
        assert hone("edit", "--mem-trial", "150M").code == 0
        changed = ""
        while "changed" not in changed:
            changed = process.stdout.readline()
        assert json.loads(changed)["text"] == "--mem-trial 150M"
    finally:
        (workdir / "go").touch()
        out, err = process.communicate(timeout=60)
    assert [e["state"] for e in finished(out)] == ["COMPLETE", "OOM"], err


@pytest.mark.parametrize("value, said", [
    ("4", "--mem-trial takes a size with its unit (500M, 4G, 1.5GiB), not '4'"),
    ("4X", "--mem-trial takes a size with its unit (500M, 4G, 1.5GiB), not '4X'"),
    ("-1G", "--mem-trial takes a size with its unit (500M, 4G, 1.5GiB), not '-1G'"),
    ("10k", "--mem-trial takes at least 1M, not '10k'"),
])
def test_a_wrong_size(hone, value, said):
    done = hone("run", *GRID, "-p", "x=1,2", f"--mem-trial={value}", "--", "true", "{x}")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[0] == f"hone: {said}"


@pytest.mark.parametrize("value, said", [
    ("4", '"mem-trial" takes a size with its unit (500M, 4G, 1.5GiB), not a whole number'),
    ("4X", "the units of a size are K, M, G, T (steps of 1024) and kB, MB, GB, TB (steps of 1000)"),
    ("10k", '"mem-trial" must be at least 1M'),
])
def test_a_wrong_size_in_a_study_file(hone, workdir, value, said):
    (workdir / "study.yaml").write_text(
        f"study: {{minimize: loss}}\nspace: {{x: 0..1}}\nrun:\n  command: ./t {{x}}\n"
        f"  mem-trial: {value}\n")
    done = hone("run", "study.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[0] == f"hone: study.yaml:5: {said}"
