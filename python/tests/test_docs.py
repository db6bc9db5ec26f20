"""What the documentation shows of Python runs."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAMES = [
    "callbacks",
    "from-optuna",
    "from-other-tuners",
    "loggers",
    "optuna",
    "python",
    "ray",
    "scikit-learn",
]
PAGES = ["README.md", *(f"docs/howto/{name}.md" for name in NAMES)]


def blocks():
    for page in PAGES:
        for i, match in enumerate(BLOCK.finditer((ROOT / page).read_text())):
            yield pytest.param(match.group(1), id=f"{page}-{i}")


@pytest.mark.parametrize("code", list(blocks()))
def test_block(code, tmp_path, monkeypatch, request):
    for peer in ("optuna", "ray", "sklearn", "tensorboard", "xgboost"):
        if re.search(rf"(import|from) (hone\.)?{peer}\b", code):
            pytest.importorskip(peer)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))  # where Ray keeps results
    if "tune.Tuner(" in code:
        import ray

        ray.init(num_cpus=1, include_dashboard=False)  # as little of it as there can be
        request.addfinalizer(ray.shutdown)
        code = code.replace("num_samples=50", "num_samples=2")
    exec(compile(code, "block", "exec"), {"__name__": "__main__"})
