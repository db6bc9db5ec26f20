"""The examples of the documentation run as they stand (see doc_pages.py for how they are marked)."""
import json

import doc_pages
import pytest

PAGES = [doc_pages.ROOT / "README.md", doc_pages.ROOT / "docs" / "tutorial.md",
         *sorted((doc_pages.ROOT / "docs" / "howto").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_of(page, build_dir, workdir, environment):
    blocks = doc_pages.read(page)
    ran = 0
    for block, code, printed in doc_pages.run(
            blocks, workdir, doc_pages.environment_for(build_dir, environment)):
        if code is not None:
            ran += 1
            wanted = int(block.words.get("exit", 0))
            assert code == wanted, f"{block.where}: exit code {code}, {wanted} wanted\n{printed}"
        if "output" in block.words:
            again = f"python3 test/e2e/doc_pages.py --write {page.relative_to(doc_pages.ROOT)}"
            assert doc_pages.same(block.text, printed), \
                f"{block.where} shows another text than was printed; `{again}`?\n{printed}"
    assert ran > 0, f"{page.name} has no example that is run"


def test_the_comparison_sees_words_and_not_numbers():
    printed = "trial 3  COMPLETE  loss=0.25  12ms\nfirst\nsecond\nBest: trial 3\n"
    assert doc_pages.same("trial 17 COMPLETE loss=1e-05 2.5s\n…\nBest: trial 1\n", printed)
    assert doc_pages.same("trial 3  … 3ms\nfirst\nsecond\nBest: trial 3\n", printed)
    assert not doc_pages.same("trial 3 FAILED loss=0.25 1ms\n…\nBest: trial 1\n", printed)
    assert not doc_pages.same("trial 3 COMPLETE loss=0.25 1ms\n", printed)


def test_links_between_pages_lead_somewhere():
    """Relative links of all pages; whatever is after # is not looked at."""
    broken = []
    pages = [doc_pages.ROOT / "README.md", doc_pages.ROOT / "CONTRIBUTING.md",
             *(doc_pages.ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in doc_pages.links(page):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(doc_pages.ROOT)}: {target}")
    assert broken == []


def test_every_algorithm_is_linked_from_the_index():
    docs = doc_pages.ROOT / "docs"
    linked = doc_pages.links(docs / "README.md")
    pages = sorted(f"algorithms/{page.name}" for page in (docs / "algorithms").glob("*.md"))
    assert pages and [page for page in pages if page not in linked] == []


def test_the_guide_to_study_files_names_every_key():
    docs = doc_pages.ROOT / "docs"
    schema = json.loads((docs / "reference" / "study.schema.json").read_text())
    table = (docs / "howto" / "study-file.md").read_text().split("## The sections")[1]
    keys = [key for section in ("study", "constraints", "run")
            for key in schema["properties"][section]["properties"]]
    assert len(keys) > 30 and [key for key in keys if f"`{key}`" not in table.replace(" ", "` `")] == []
