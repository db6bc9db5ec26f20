"""hone doctor: what the machine has and lacks."""
import json
import os
import subprocess

import pytest

from lookers import screen

NAMES = ["hone", "cpu", "gpu", "memory", "limits", "files", "blas", "storage", "guardian"]


def checks(hone, *args, env=None):
    done = hone("doctor", "--json", *args, env=env)
    page = json.loads(done.out)
    assert done.code == (0 if page["ok"] else 1)
    assert [c["name"] for c in page["checks"]] == NAMES
    return {c["name"]: c for c in page["checks"]}


def test_a_sound_machine(hone, workdir, build_dir):
    found = checks(hone)
    for name in ("hone", "cpu", "gpu", "memory", "limits", "storage", "guardian"):
        assert found[name]["status"] == "ok" and found[name]["remedy"] is None
    assert found["cpu"]["details"]["usable"] == len(os.sched_getaffinity(0))
    assert found["guardian"]["details"]["path"] == str(build_dir / "bin" / "hone-guardian")
    assert found["storage"]["text"].startswith("hone.db can be created; ")
    assert not (workdir / "hone.db").exists()
    assert hone("doctor").code == 0


def test_the_page_fits(hone):
    lines = screen(hone, "doctor", columns=80).splitlines()
    assert all(len(line) <= 80 for line in lines)
    marks = [line.split()[:2] for line in lines if not line.startswith("  ")]
    assert [name for _, name in marks] == NAMES
    assert {mark for mark, _ in marks} <= {"ok", "warn"}


def test_the_speed_of_the_matrix_kernel_is_measured(hone):
    environment = {k: v for k, v in hone.environment.items() if k != "HONE_BLAS_KERNEL"}
    hone.environment = environment
    blas = checks(hone)["blas"]
    if "gflops" not in blas["details"]:
        pytest.skip("no BLAS on this machine")
    assert blas["details"]["gflops"] > 0.1
    assert blas["details"]["best_gflops"] >= 0.9 * blas["details"]["gflops"]
    # What Hone takes by itself is good: an own choice that is slow would be a fault of ours.
    assert blas["details"]["percent"] > 60


def test_a_slow_kernel_that_the_user_has_forced_is_called_slow(hone):
    environment = {k: v for k, v in hone.environment.items() if k != "HONE_BLAS_KERNEL"}
    hone.environment = environment
    details = checks(hone)["blas"]["details"]
    if not details.get("forced") or "OpenBLAS" not in details["config"]:
        pytest.skip("no OpenBLAS whose kernel can be forced")
    blas = checks(hone, env={"HONE_BLAS_KERNEL": "Nehalem"})["blas"]
    assert blas["details"]["kernel"] == "Nehalem"
    assert blas["status"] == "warning" and blas["details"]["percent"] < 90
    assert blas["remedy"].startswith("the environment variable HONE_BLAS_KERNEL=Nehalem asks for "
                                     "this kernel; unset it, and Hone takes ")


@pytest.mark.parametrize("visible, text, names", [
    ("0,GPU-x", "2 for trials: 0, GPU-x (CUDA_VISIBLE_DEVICES)", ["0", "GPU-x"]),
    ("", "none: CUDA_VISIBLE_DEVICES= hides all of them", []),
])
def test_gpus_for_trials(hone, visible, text, names):
    gpu = checks(hone, env={"CUDA_VISIBLE_DEVICES": visible})["gpu"]
    assert (gpu["status"], gpu["text"], gpu["details"]["names"]) == ("ok", text, names)


def test_who_keeps_memory_limits(hone, build_dir):
    limits = checks(hone)["limits"]
    said = subprocess.run([build_dir / "bin" / "hone-guardian", "memory"], capture_output=True,
                          text=True, check=False)
    if said.returncode == 0:
        assert limits["text"].startswith("the kernel keeps the memory limits of trials, in /sys/")
    else:
        assert limits["text"].startswith("Hone watches the memory of trials itself: ")
        assert limits["details"] == {"kernel": False}


def test_gpus_that_are_named_wrongly(hone):
    gpu = checks(hone, env={"CUDA_VISIBLE_DEVICES": "1,1"})["gpu"]
    assert (gpu["status"], gpu["remedy"]) == (
        "warning", "CUDA_VISIBLE_DEVICES names the GPU 1 twice")


def test_a_storage_with_studies(hone):
    hone("ask", "-p", "x=0..1", "--minimize", "loss")
    assert checks(hone)["storage"]["text"].startswith("hone.db with 1 study, can be written; ")


def test_a_storage_that_is_none(hone, workdir):
    (workdir / "hone.db").write_text("this is no database, but long enough to look at" * 100)
    storage = checks(hone)["storage"]
    assert storage["status"] == "lacking"
    assert storage["text"].startswith("hone.db cannot be read: ")
    assert storage["remedy"] == "name another file with --storage sqlite:PATH"
    assert hone("doctor").code == 1


def test_a_folder_that_cannot_be_written(hone, workdir):
    if os.geteuid() == 0:
        folder = "/proc"
    else:
        folder = workdir / "locked"
        folder.mkdir(mode=0o555)
    storage = checks(hone, "--storage", f"sqlite:{folder}/hone.db")["storage"]
    assert storage["status"] == "lacking"
    assert storage["text"].startswith(f"{folder} cannot be written: ")


def test_a_guardian_that_is_not_there(hone):
    guardian = checks(hone, env={"HONE_GUARDIAN": "/no/such/program"})["guardian"]
    assert guardian["status"] == "lacking"
    assert guardian["text"] == "not found, so that no command can be run"
    assert guardian["remedy"] == 'HONE_GUARDIAN names "/no/such/program", which is no program'


def test_a_guardian_that_cannot_be_asked(hone):
    limits = checks(hone, env={"HONE_GUARDIAN": "/usr"})["limits"]
    assert limits["text"].startswith("who keeps memory limits cannot be told: cannot run /usr: ")


def test_few_files(hone):
    process = hone.start("doctor", "--json", preexec_fn=limit_files)
    out, _ = process.communicate(timeout=120)
    files = json.loads(out)["checks"][5]
    assert (files["status"], files["text"]) == ("warning", "256 open at once, 256 at most")
    assert process.returncode == 0


def limit_files():
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))


def test_mistakes(hone):
    done = hone("doctor", "please")
    assert (done.code, done.err.splitlines()[0]) == (2, "hone: doctor takes no 'please'")
