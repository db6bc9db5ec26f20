"""What the documentation shows of Python runs."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAMES = ["from-other-tuners", "optuna", "python", "scikit-learn"]
PAGES = ["README.md", *(f"docs/howto/{name}.md" for name in NAMES)]


def blocks():
    for page in PAGES:
        for i, match in enumerate(BLOCK.finditer((ROOT / page).read_text())):
            yield pytest.param(match.group(1), id=f"{page}-{i}")


@pytest.mark.parametrize("code", list(blocks()))
def test_block(code, tmp_path, monkeypatch):
    for peer in ("optuna", "sklearn"):
        if f"import {peer}" in code or f"from {peer}" in code:
            pytest.importorskip(peer)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "block", "exec"), {"__name__": "__main__"})
