"""What is distributed: the source distribution holds what a build needs, importing is cheap, and the
installed package is one wheel for CPython 3.11 and later that needs nothing else."""

import importlib.metadata
import importlib.util
import os
import pathlib
import subprocess
import sys
import tarfile

import pytest

import hone

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What CMake and the package are made from; data of the command among them.
NEEDED = ["CMakeLists.txt", "pyproject.toml", "README.md", "LICENSE", "cmake", "include", "python/src",
          "python/hone", "python/CMakeLists.txt", "python/exports.map", "share", "src"]  # fmt: skip
LEFT_OUT = ("build", "bench", "test", ".ci", ".git")


def tracked():
    """Files of the repository, as git knows them."""
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip("this is no repository")
    return done.stdout.splitlines()


@pytest.mark.skipif(
    not importlib.util.find_spec("scikit_build_core"), reason="scikit-build-core is not installed"
)
def test_the_source_distribution_is_whole(tmp_path):
    files = tracked()
    make = "import sys; from scikit_build_core.build import build_sdist; build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", make, tmp_path], cwd=ROOT, check=True, capture_output=True)
    (archive,) = tmp_path.glob("hone-*.tar.gz")
    with tarfile.open(archive) as tar:
        held = {name.partition("/")[2] for name in tar.getnames()}
        about = tar.extractfile(f"hone-{hone.__version__}/PKG-INFO").read().decode()
    needed = {
        file for file in files if any(file == it or file.startswith(it + "/") for it in NEEDED)
    }
    assert len(needed) > 400 and needed - held == set()
    assert not [name for name in held if name.split("/")[0] in LEFT_OUT]
    assert "Requires-Python: >=3.11" in about and "Requires-Dist" not in about


def test_importing_loads_nothing_that_is_dear():
    """What is not needed by each program is imported when it is first used."""
    show = "import sys; before = set(sys.modules); import hone; print(*set(sys.modules) - before)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", show], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    dear = {"argparse", "asyncio", "ctypes", "dataclasses", "inspect", "json", "logging", "numpy",
            "pandas", "pickle", "shutil", "socket", "sqlite3", "subprocess", "tempfile", "threading",
            "tqdm", "unittest", "urllib"}  # fmt: skip
    assert loaded & dear == set()
    assert len([name for name in loaded if not name.startswith("hone")]) < 40


def test_what_is_installed():
    try:
        found = importlib.metadata.distribution("hone")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the package is not installed")
    assert found.version == hone.__version__ and not found.requires
    wheel = found.read_text("WHEEL")
    assert "Tag: cp311-abi3-" in wheel and "Root-Is-Purelib: false" in wheel
    names = {str(file) for file in found.files}
    assert {"hone/_hone.abi3.so", "hone/_hone.pyi", "hone/py.typed"} <= names
    for program in ("bin/hone", "libexec/hone/hone-guardian"):
        (path,) = [file for file in found.files if str(file).endswith("../" + program)]
        assert os.access(path.locate(), os.X_OK)
