"""What the documentation shows of Python runs."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = ["README.md", "docs/howto/python.md", "docs/howto/scikit-learn.md"]


def blocks():
    for page in PAGES:
        for i, match in enumerate(BLOCK.finditer((ROOT / page).read_text())):
            yield pytest.param(match.group(1), id=f"{page}-{i}")


@pytest.mark.parametrize("code", list(blocks()))
def test_block(code, tmp_path, monkeypatch):
    if "sklearn" in code:
        pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "block", "exec"), {"__name__": "__main__"})
