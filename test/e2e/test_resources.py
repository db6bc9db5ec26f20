"""What a trial may take: memory, CPUs, GPUs."""
import json
import os
import re

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
# What Hone has seen, or the kernel has refused.
OVER = r"(used (\d+) MiB of memory, more|wanted more memory) than the 150 MiB of --mem-trial"
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
    said = re.fullmatch(OVER, large["message"])
    assert said and 150 <= int(said[2] or 150) < 330
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
    assert re.search(OVER, retry[0]["text"])
    assert finished(done.out)[0]["state"] == "COMPLETE"


def test_the_limit_is_kept_in_the_study(hone, hog, workdir):
    (workdir / "study.yaml").write_text("""\
study: {minimize: loss}
space: {mb: int:1..2}
run: {command: python3 hog.py {mb} itself, trials: 1, mem-trial: 4 GB}
""".replace("{command: python3 hog.py {mb} itself,", "{command: 'python3 hog.py {mb} itself',"))
    out = hone("run", "study.yaml").out
    assert "\nEach trial gets at most 4GB of memory.\n" in out
    assert hone("edit", "--mem-trial", "1.5G").out == "--mem-trial      1536M\n"
    assert "\nEach trial gets at most 1536M of memory.\n" in hone("resume", "-n", 2).out
    status = hone("status")
    assert "\neach trial  at most 1536M of memory\n" in status.out
    assert json.loads(hone("status", "--json").out)["limits"]["mem_trial_bytes"] == 1536 << 20
    assert hone("resume", "-n", 2, "--mem-trial", "0").code == 0
    assert json.loads(hone("status", "--json").out)["limits"]["mem_trial_bytes"] is None
    assert "--mem-trial      none\n" in hone("edit").out


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


# --- CPUs ---

# Says what it was given, and stays until all of its kind are there.
LOOK = """
import json, os, pathlib, sys, time
n, me = int(sys.argv[1]), os.environ["HONE_TRIAL"]
names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "CUDA_VISIBLE_DEVICES",
         "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"]
pathlib.Path("look." + me).write_text(json.dumps({
    "cpus": sorted(os.sched_getaffinity(0)), "args": sys.argv[2:],
    **{name: os.environ[name] for name in names if name in os.environ}}))
deadline = time.monotonic() + 20
while len(list(pathlib.Path().glob("look.*"))) < n and time.monotonic() < deadline:
    time.sleep(0.01)
print("loss=1")
"""
CPUS = sorted(os.sched_getaffinity(0))
needs_two = pytest.mark.skipif(len(CPUS) < 2, reason="needs two CPUs")


@pytest.fixture
def look(hone, workdir):
    """look(n, *options) runs n trials that wait for each other; what each was given."""
    (workdir / "look.py").write_text(LOOK)
    clean = {k: v for k, v in hone.environment.items()
             if not k.endswith(("_NUM_THREADS", "_VISIBLE_DEVICES")) and k != "CUDA_DEVICE_ORDER"}
    hone.environment = clean

    def run(n, *options, args=(), env=None):
        done = hone("run", "-q", "--minimize", "loss", "-p", "x=0..1", "-n", n, *options, "--",
                    "python3", "look.py", n, "{x}", *args, env=env)
        assert done.code == 0, done.err
        return [json.loads((workdir / f"look.{i}").read_text()) for i in range(n)]
    return run


@needs_two
def test_each_trial_is_tied_to_cpus_of_its_own(look):
    seen = look(2, "--cpus-per-trial", 1)  # -j: as many as fit, which may be more
    assert sorted(trial["cpus"] for trial in seen) != [CPUS, CPUS]
    assert all(len(trial["cpus"]) == 1 for trial in seen)
    assert seen[0]["cpus"] != seen[1]["cpus"]
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        assert {trial[name] for trial in seen} == {"1"}


def test_what_the_user_has_set_stays(look):
    seen = look(1, "--cpus-per-trial", 1, env={"MKL_NUM_THREADS": "7"})[0]
    assert (seen["OMP_NUM_THREADS"], seen["OPENBLAS_NUM_THREADS"], seen["MKL_NUM_THREADS"]) == (
        "1", "1", "7")


def test_who_sets_omp_num_threads_decides_for_all(look):
    seen = look(1, "--cpus-per-trial", 1, env={"OMP_NUM_THREADS": "3"})[0]
    assert seen["OMP_NUM_THREADS"] == "3" and "OPENBLAS_NUM_THREADS" not in seen


def test_without_the_option_cpus_are_left_alone(look):
    one = look(1)[0]
    assert one == {"cpus": CPUS, "args": one["args"]}


def test_without_the_option_threads_are_shared_among_jobs(look):
    for trial in look(2, "-j", 2):
        assert trial["cpus"] == CPUS
        assert trial["OMP_NUM_THREADS"] == str(max(1, len(CPUS) // 2))
        assert "OPENBLAS_NUM_THREADS" not in trial


def test_the_affinity_of_hone_itself_is_what_there_is(hone, workdir):
    args = ["run", "--minimize", "loss", "-p", "x=0..1", "-n", 1, "--cpus-per-trial", 1, "--",
            "python3", "-c", "import os; print('cpus', os.sched_getaffinity(0)); print('loss=1')",
            "{x}"]
    process = hone.start(*args, preexec_fn=lambda: os.sched_setaffinity(0, {CPUS[-1]}))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "; 1 runs at a time.\nEach trial gets 1 CPU.\n" in out
    assert hone("logs", 0).out == f"cpus {{{CPUS[-1]}}}\nloss=1\n"
    args[args.index("--cpus-per-trial") + 1] = 2
    process = hone.start(*args,
                         preexec_fn=lambda: os.sched_setaffinity(0, {CPUS[-1]}))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err == "hone: --cpus-per-trial 2 is too many: 1 CPU may be used here\n"


def test_more_jobs_than_cpus(hone, workdir):
    n = len(CPUS)
    base = ["--minimize", "loss", "-p", "x=0..1", "--cpus-per-trial", 1]
    done = hone("run", *base, "-n", 1, "-j", n + 1, "--", "echo", "loss={x}")
    assert (done.code, done.out) == (2, "")
    assert done.err == (f"hone: {n + 1} trials at once do not fit: each has 1 CPU (--cpus-per-trial), "
                        f"and {n} may be used here; at most -j {n}\n")
    assert not (workdir / "hone.db").exists()
    # Recorded elsewhere, it is no mistake of whoever goes on here.
    assert hone("run", "--minimize", "loss", "-p", "x=0..1", "-n", 1, "-j", n + 1, "--", "echo",
                "loss={x}").code == 0
    done = hone("resume", "-n", 2, "--cpus-per-trial", 1)
    runs = "1 trial runs" if n == 1 else f"{n} trials run"
    assert f"hone: Warning: {runs} at once, not {n + 1}: each has 1 CPU (--cpus-per-trial), and {n} may " \
           "be used here\n" in done.err
    assert done.code == 0


@needs_two
def test_workers_and_edits_take_them_over(hone, workdir):
    (workdir / "slow").touch()
    script = ('touch up.$HONE_TRIAL; taskset -cp $$ | sed "s/.*: /on /"; '
              'while [ -e slow ]; do sleep 0.02; done; echo loss={x}')
    process = hone.start("run", "--json", "--minimize", "loss", "-p", "x=0..1", "-n", 4, "-j", 1,
                         "--shell", "--", script)
    try:
        wait_for((workdir / "up.0").exists)
        assert hone("edit", "--cpus-per-trial", 1, "-j", 2).out == (
            "--jobs           2\n--cpus-per-trial 1\n")
        wait_for((workdir / "up.1").exists)
    finally:
        (workdir / "slow").unlink()
        out, err = process.communicate(timeout=60)
    assert [e["state"] for e in finished(out)] == ["COMPLETE"] * 4, err
    assert "," in hone("logs", 0).out or "-" in hone("logs", 0).out
    assert re.match(r"on \d+\n", hone("logs", 1).out)


def test_an_edit_that_does_not_fit_changes_nothing_here(hone, workdir):
    script = 'touch up.$HONE_TRIAL; while [ ! -e go ]; do sleep 0.02; done; echo loss={x}'
    process = hone.start("run", "--json", "--minimize", "loss", "-p", "x=0..1", "-n", 2,
                         "--shell", "--", script)
    warning = ""
    try:
        wait_for((workdir / "up.0").exists)
        assert hone("edit", "--cpus-per-trial", 8000).code == 0
        while '"warning"' not in warning:
            warning = process.stdout.readline()
    finally:
        (workdir / "go").touch()
        out, err = process.communicate(timeout=60)
    assert json.loads(warning)["text"] == (
        f"--cpus-per-trial 8000 is too many: {len(CPUS)} CPU{'s' if len(CPUS) > 1 else ''} may be "
        "used here; it stays as it was here")
    assert [e["state"] for e in finished(out)] == ["COMPLETE"] * 2, err


# --- GPUs ---


def test_each_trial_has_gpus_of_its_own(look):
    seen = look(2, "--gpus-per-trial", 2, args=["{gpu}"],
                env={"CUDA_VISIBLE_DEVICES": "5,GPU-x,2,0,7"})
    assert sorted(trial["CUDA_VISIBLE_DEVICES"] for trial in seen) == ["2,0", "5,GPU-x"]
    assert all(trial["args"][1] == trial["CUDA_VISIBLE_DEVICES"] for trial in seen)
    assert all("CUDA_DEVICE_ORDER" not in trial for trial in seen)


def test_a_gpu_is_shared(look):
    seen = look(4, "--gpus-per-trial", 0.5, env={"CUDA_VISIBLE_DEVICES": "0,1"})
    assert sorted(trial["CUDA_VISIBLE_DEVICES"] for trial in seen) == ["0", "0", "1", "1"]


def test_the_variables_of_amd(look):
    seen = look(2, "--gpus-per-trial", 1, env={"HIP_VISIBLE_DEVICES": "4,6"})
    assert sorted(trial["HIP_VISIBLE_DEVICES"] for trial in seen) == ["4", "6"]
    assert all("CUDA_VISIBLE_DEVICES" not in trial for trial in seen)


@pytest.fixture
def smi(workdir):
    """smi(text, code) makes an nvidia-smi; gives the environment that finds it."""
    def make(text, code=0):
        (workdir / "bin").mkdir(exist_ok=True)
        program = workdir / "bin" / "nvidia-smi"
        program.write_text(f"#!/bin/sh\n[ \"$*\" = -L ] || exit 9\ncat <<'E'\n{text}\nE\nexit {code}\n")
        program.chmod(0o755)
        return {"PATH": f"{workdir}/bin:{os.environ['PATH']}"}
    return make


def test_gpus_are_asked_of_nvidia_smi(look, smi):
    env = smi("GPU 0: NVIDIA A (UUID: GPU-a)\nGPU 1: NVIDIA A (UUID: GPU-b)")
    seen = look(2, "--gpus-per-trial", 1, env=env)
    assert sorted(trial["CUDA_VISIBLE_DEVICES"] for trial in seen) == ["0", "1"]
    assert all(trial["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID" for trial in seen)


def test_a_new_study_asks_nvidia_smi_once(hone, workdir, smi):
    env = smi("GPU 0: NVIDIA A (UUID: GPU-a)\nGPU 1: NVIDIA A (UUID: GPU-b)\nE\necho >> asked\ncat <<'E'")
    hone.environment = {k: v for k, v in hone.environment.items() if not k.endswith("_VISIBLE_DEVICES")}
    done = hone("run", "-q", "--minimize", "loss", "-p", "x=0..1", "-n", 2, "-j", 2, "--gpus-per-trial", 1,
                "--shell", "--", "echo $CUDA_VISIBLE_DEVICES > gpu.$HONE_TRIAL; echo loss={x}", env=env)
    assert done.code == 0, done.err
    assert (workdir / "asked").read_text() == "\n"
    assert sorted((workdir / f"gpu.{n}").read_text() for n in range(2)) == ["0\n", "1\n"]
    more = hone("run", "-q", "--accept", "--minimize", "loss", "-p", "x=0..2", "-n", 3, "-j", 2,
                "--gpus-per-trial", 1, "--shell", "--", "echo loss={x}", env=env)
    assert more.code == 0, more.err
    assert (workdir / "asked").read_text() == "\n\n"


@needs_two
@pytest.mark.parametrize("command", ["echo loss={x}", "echo loss={x} {gpu}"])
def test_looking_at_a_trial_needs_none_of_them(hone, smi, command):
    done = hone("run", "-q", "--minimize", "loss", "-p", "x=1,2", "--sampler", "grid", "-n", 2, "-j", 2,
                "--gpus-per-trial", 1, "--cpus-per-trial", 1, "--shell", "--", command,
                env={"CUDA_VISIBLE_DEVICES": "0,1"})
    assert done.code == 0, done.err
    hone.environment = {k: v for k, v in hone.environment.items() if not k.endswith("_VISIBLE_DEVICES")}
    shown = "\ncommand\n  /bin/sh -c '" + command.format(x=2, gpu=0) + "'\n"
    assert shown in hone("show", 1, env=smi("no driver", 9)).out
    done = hone.start("show", 1, preexec_fn=lambda: os.sched_setaffinity(0, {CPUS[-1]}))
    assert shown in done.communicate(timeout=60)[0]


@pytest.mark.parametrize("variable, given, said", [
    (None, 1, "--gpus-per-trial 1: no GPU was found (nvidia-smi says \"no driver\"); "
              "CUDA_VISIBLE_DEVICES=0,1 would name two"),
    ("", 1, "--gpus-per-trial 1: no GPU was found (CUDA_VISIBLE_DEVICES= hides all of them); "
            "CUDA_VISIBLE_DEVICES=0,1 would name two"),
    ("0", 2, "--gpus-per-trial 2 is too many: there is 1 here (CUDA_VISIBLE_DEVICES)"),
    ("0,0", 1, "CUDA_VISIBLE_DEVICES names the GPU 0 twice"),
    ("0", 1.5, "--gpus-per-trial takes a whole number, or a part of one GPU such as 0.5, not '1.5'"),
    ("0", -1, "--gpus-per-trial takes a number between 0 and 1024, not '-1'"),
])
def test_gpus_that_there_are_not(hone, smi, workdir, variable, given, said):
    env = smi("no driver", 9)
    hone.environment = {k: v for k, v in hone.environment.items() if k != "CUDA_VISIBLE_DEVICES"}
    if variable is not None:
        env["CUDA_VISIBLE_DEVICES"] = variable
    done = hone("run", "--minimize", "loss", "-p", "x=0..1", "-n", 1, f"--gpus-per-trial={given}",
                "--", "echo", "loss={x}", env=env)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[0] == f"hone: {said}"
    assert not (workdir / "hone.db").exists()


def test_more_jobs_than_gpus(hone):
    done = hone("run", "--minimize", "loss", "-p", "x=0..1", "-n", 1, "--gpus-per-trial", 0.5, "-j", 5,
                "--", "echo", "loss={x}", env={"CUDA_VISIBLE_DEVICES": "0,1"})
    assert (done.code, done.out) == (2, "")
    assert done.err == ("hone: 5 trials at once do not fit: each has 0.5 GPU (--gpus-per-trial), and "
                        "there are 2 here (CUDA_VISIBLE_DEVICES); at most -j 4\n")


def test_a_dry_run_says_what_each_trial_gets(hone, workdir):
    (workdir / "study.yaml").write_text("""\
study: {minimize: loss}
space: {x: 0..1}
run:
  command: "./train {x} --gpu {gpu}"
  trials: 8
  cpus-per-trial: 1
  gpus-per-trial: 0.5
  mem-trial: 2G
""")
    out = hone("run", "study.yaml", "--dry-run", env={"CUDA_VISIBLE_DEVICES": "6"}).out
    n = min(2, len(CPUS))
    assert (f"\nEnds at 8 finished trials; {n} run{'s' if n == 1 else ''} at a time.\n"
            "Each trial gets 1 CPU, 0.5 GPU, at most 2G of memory.\n") in out
    assert re.search(r"^    ./train \S+ --gpu 6$", out, re.M)


def test_deterministic_studies_run_one_at_a_time_unless_told(hone):
    args = ["run", "--minimize", "loss", "-p", "x=0..1", "-n", 2, "--deterministic",
            "--gpus-per-trial", 1]
    env = {"CUDA_VISIBLE_DEVICES": "0,1"}
    done = hone(*args, "--", "echo", "loss={x}", env=env)
    assert done.code == 0 and "; 1 runs at a time.\n" in done.out
    assert "; 1 runs at a time.\n" in hone("resume", "-n", 3, env=env).out


def test_the_environment_may_ask_for_them(hone):
    done = hone("run", "-n", 1, "--minimize", "loss", "-p", "x=0..1", "--", "echo", "loss={x}",
                env={"HONE_GPUS_PER_TRIAL": "1", "CUDA_VISIBLE_DEVICES": "0"})
    assert "\nEach trial gets 1 GPU.\n" in done.out
