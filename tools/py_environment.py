"""The virtual environment build/venv-py, in which the Python package is built and tested."""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / "build" / "venv-py"
# Debian's own has Debian's headers; another python3 on PATH need not have any.
PROGRAM = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else "python3"


def run(*command, cwd=ROOT, **options):
    return subprocess.run([str(word) for word in command], cwd=cwd, check=False, **options)


def quiet(*command):
    """Runs it; shows what it said only if it failed."""
    done = run(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.stdout.write(done.stdout)
    return done.returncode == 0


def has(python, module):
    find = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    return run(python, "-c", find).returncode == 0


def make(program, needed):
    """The environment's interpreter, with `needed` {module: requirement} installed; None if that
    was not possible."""
    python = VENV / "bin" / "python"
    if not python.exists() and not quiet(program, "-m", "venv", VENV):
        print(f"{program} could not make {VENV}; Debian's package is python3-venv")
        return None
    missing = [package for module, package in needed.items() if not has(python, module)]
    if missing and not quiet(python, "-m", "pip", "install", "-q", *missing):
        print("pip could not install", *missing)
        return None
    return python
