"""The notebooks of examples/notebooks: sound, with outputs that say nothing of where they were made, and
they run: in a kernel where there is one, cell after cell in an interpreter otherwise."""

import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

NOTEBOOKS = pathlib.Path(__file__).resolve().parent.parent.parent / "examples" / "notebooks"

# notebook: what it needs besides
NEEDED = {
    "first_steps": ["pandas"],
    "keras": ["keras", "sklearn", "torch"],
    "lightning": ["lightning", "sklearn", "torch"],
    "optuna_study": ["optuna"],
    "scikit_learn": ["pandas", "sklearn"],
}
HAS_KERNEL = all(importlib.util.find_spec(name) for name in ("nbclient", "nbformat", "ipykernel"))
TIMEOUT_S = 600  # of a notebook that runs, or of one cell in a kernel
PLACES = re.compile(r"/(tmp|home|root|usr|work|var)/|site-packages|localhost")


def read(name):
    return json.loads((NOTEBOOKS / f"{name}.ipynb").read_text())


def source(cell):
    return "".join(cell["source"])


def codes(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def shown(cell):
    """What kinds of outputs a cell has; what a package says on stderr is not ours."""
    outputs = [output for output in cell["outputs"] if output.get("name") != "stderr"]
    words = any(output["output_type"] == "stream" for output in outputs)
    return words, [sorted(output["data"]) for output in outputs if "data" in output]


def test_every_notebook_is_here():
    assert sorted(NEEDED) == sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("name", NEEDED)
def test_it_is_sound(name):
    notebook = read(name)
    assert (notebook["nbformat"], notebook["cells"][0]["cell_type"]) == (4, "markdown")
    head = source(notebook["cells"][0])
    assert head.startswith("# ") and "pip install hone" in head
    for cell in codes(notebook):
        compile(source(cell), name, "exec")
        assert cell["execution_count"], "it was saved without having been run"
    kinds = {output["output_type"] for cell in codes(notebook) for output in cell["outputs"]}
    assert kinds and kinds <= {"stream", "execute_result", "display_data"}
    text = (NOTEBOOKS / f"{name}.ipynb").read_text()
    assert not PLACES.search(text) and len(text) < 100_000
    if importlib.util.find_spec("nbformat") is not None:
        import nbformat

        nbformat.validate(nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4))


@pytest.mark.parametrize("name", NEEDED)
def test_it_runs(name, tmp_path, monkeypatch):
    for module in NEEDED[name]:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    if not HAS_KERNEL:
        code = "\n\n".join(source(cell) for cell in codes(read(name)))
        done = subprocess.run(
            [sys.executable, "-"],
            input=code,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        assert done.returncode == 0, done.stderr
        return
    import nbclient
    import nbformat

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4)
    places = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=TIMEOUT_S, resources=places).execute()
    # A table shows where a table was saved, and words where there were words.
    for now, saved in zip(codes(notebook), codes(read(name)), strict=True):
        assert shown(now) == shown(saved)


def test_progress_in_a_kernel(tmp_path, monkeypatch):
    if not HAS_KERNEL:
        pytest.skip("nbclient and ipykernel are not installed")
    pytest.importorskip("tqdm")
    import nbclient
    import nbformat

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    code = "import hone; s = hone.study('x=0..1'); s.optimize(lambda t: t['x'], 5, progress=True)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=TIMEOUT_S).execute()
    # A widget where there is ipywidgets, else a line; no warning that it is missing.
    shown = json.dumps(notebook.cells[0].outputs)
    assert "5/5" in shown or "widget" in shown
    assert "Warning" not in shown
