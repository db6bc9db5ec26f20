#!/usr/bin/env python3
"""The examples in the documentation: reading them from a page, running them, comparing.

    python3 test/e2e/doc_pages.py --write PAGE...     puts what is printed now into the pages

A page's fenced blocks that say so are run from top to bottom in one empty directory, with `hone` on
PATH. The words behind a fence's language are

    file=NAME    the block is written to that file; nothing is run
    test         the block is run by `sh -e`, and must end with exit code 0
    exit=N       … or with this one
    needs=NAME   … unless there is no program of that name
    output       what the block before printed; the text must be the same, but for numbers
    example      the same, but it is not compared: what it shows depends on the search

A block behind `<!-- test` (up to `-->`) is run, too, and seen by no reader. In an `output` a number
stands for any number, and `…` for any text, alone on its line for any lines. $DOC_BUILD and
$DOC_SOURCE are the build and the source tree.
"""
import argparse
import dataclasses
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^(```+)([a-z]+)?((?: \S+)*)\s*$")
NUMBER = re.compile(r"[-+]?\d[\d.,:]*(e[-+]?\d+)?( ?(ns|us|ms|s|min|m|h|B|kB|MB|GB)\b)?")
HANGS_S = 300  # a block that takes longer hangs; on a loaded machine some take a minute


@dataclasses.dataclass
class Block:
    """One fenced block: lines[first:last] of its page are its text."""
    page: pathlib.Path
    first: int
    last: int
    text: str
    words: dict

    @property
    def where(self):
        return f"{self.page.name}:{self.first}"


def read(page):
    """The blocks of a page that have something to do."""
    lines, found, at = page.read_text().splitlines(), [], 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        hidden = lines[at].startswith("<!-- test")
        at += 1
        if not fence and not hidden:
            continue
        end = "-->" if hidden else fence[1]
        first = at
        while lines[at] != end:
            at += 1
        words = lines[first - 1][5:].split() if hidden else fence[3].split()
        words = dict(word.partition("=")[::2] for word in words)
        text = "".join(f"{line}\n" for line in lines[first:at])
        at += 1
        if words:
            found.append(Block(page, first, at - 1, text, words))
    return found


def links(page):
    """The relative targets of a page's links."""
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", re.sub(r"```.*?```", "", page.read_text(),
                                                         flags=re.S))
    return [target for target in targets if ":" not in target]


def run(blocks, directory, environment):
    """Runs the blocks; yields (block, exit code or None, what was printed) of each."""
    printed = ""
    for block in blocks:
        code = None
        if "file" in block.words:
            path = directory / block.words["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
            path.chmod(0o755)
        elif "test" in block.words and shutil.which(block.words.get("needs", "sh")):
            # Into a file: a process that a block leaves running must not keep us waiting.
            with tempfile.TemporaryFile() as out:
                code = subprocess.run(["sh", "-e", "-c", block.text], cwd=directory,
                                      env=environment, stdin=subprocess.DEVNULL, stdout=out,
                                      stderr=subprocess.STDOUT, timeout=HANGS_S, check=False).returncode
                out.seek(0)
                printed = out.read().decode(errors="replace")
        yield block, code, printed


def shape(line):
    """A line without its numbers and the widths of its columns."""
    return re.sub(r"\s+", " ", NUMBER.sub("#", line)).strip()


def same(wanted, printed):
    """Whether the text of an `output` block fits to what was printed."""
    pattern = ""
    for line in wanted.strip().splitlines():
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(re.escape(part) for part in shape(line).split("…")) + r"\n"
    text = "".join(f"{shape(line)}\n" for line in printed.strip().splitlines())
    return re.fullmatch(pattern, text) is not None


def environment_for(build, base=None):
    """The environment of examples: no variable of Hone's, the build's programs on PATH."""
    clean = {k: v for k, v in (base or os.environ).items()
             if not k.startswith("HONE_") or (base and k == "HONE_STUDY_TAG")}
    return {**clean, "PATH": f"{build}/bin:{os.environ['PATH']}", "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1", "DOC_BUILD": str(build), "DOC_SOURCE": str(ROOT)}


def at_home(printed, directory):
    """What was printed, in lines, with a reader's names for this directory and this machine."""
    text = printed.replace(directory, "/home/you/demo").replace(f"on {socket.gethostname()}",
                                                                "on laptop")
    return [line.rstrip() for line in text.strip("\n").split("\n")]


def write(page, environment):
    """Replaces the texts of `output` and `example` blocks by what is printed now."""
    lines, changes = page.read_text().splitlines(), []
    with tempfile.TemporaryDirectory() as directory:
        for block, code, printed in run(read(page), pathlib.Path(directory), environment):
            if code is not None and code != int(block.words.get("exit", 0)):
                sys.exit(f"{block.where}: exit code {code}\n{printed}")
            stale = "output" in block.words and not same(block.text, printed)
            if stale or "example" in block.words:
                changes.append((block, at_home(printed, directory)))
    for block, new in reversed(changes):
        lines[block.first:block.last] = new
    page.write_text("".join(f"{line}\n" for line in lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", nargs="+", type=pathlib.Path, metavar="PAGE", required=True)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "dev")
    given = parser.parse_args()
    for page in given.write:
        write(page, environment_for(given.build.resolve()))


if __name__ == "__main__":
    main()
