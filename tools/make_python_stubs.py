#!/usr/bin/env python3
"""Writes python/hone/samplers.pyi and schedulers.pyi: each sampler and scheduler with its options.

    python tools/make_python_stubs.py         (with the package hone, as built from this tree)

Editors and mypy then know every option by name, type and default. The options are those of the
library, so that this is to be run when one of them has changed; a test says so.
"""
import json
import keyword
import pathlib
import textwrap

from hone import _hone, _plugins

PACKAGE = pathlib.Path(__file__).resolve().parent.parent / "python" / "hone"
FILES = {_plugins.SAMPLER: "samplers.pyi", _plugins.SCHEDULER: "schedulers.pyi"}
WORDS = {"samplers.pyi": "samplers", "schedulers.pyi": "schedulers and presets"}
TYPES = {"bool": "bool", "int": "int", "float": "float", "str": "str"}
HEAD = '''"""The {words} as functions of their options.

Made by tools/make_python_stubs.py from the library's own tables.
"""

from typing import Literal

from hone._plugins import Choice
'''


def default_of(option):
    """As Python writes it; what has none, or depends on others, is left open."""
    text = option["default"]
    if text is None or "inf" in text:
        return "..."
    if option["type"] == "bool":
        return text.capitalize()
    return repr(text) if option["type"] in ("str", "choice") else text


def type_of(option):
    if option["type"] != "choice":
        return TYPES[option["type"]]
    return f"Literal[{', '.join(repr(choice) for choice in option['choices'].split('|'))}]"


def parameter(option):
    name = option["name"] + "_" * keyword.iskeyword(option["name"])
    return f"    {name}: {type_of(option)} = {default_of(option)},\n".replace("'", '"')


def docstring(kind, name):
    """What help() shows, as a docstring of a stub."""
    lines = []
    for line in _plugins.describe(kind, name).splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        lines += textwrap.wrap(line.strip(), 92 - len(indent), initial_indent="    " + indent,
                               subsequent_indent="    " + (indent and indent + "    ")) or [""]
    text = "\n".join(lines).strip()
    return f'    """{text}\n    """\n'


def default(own, option):
    """A preset's own default of an option, if it has one."""
    return {"default": str(own[option["name"]])} if option["name"] in own else {}


def function(kind, name):
    preset = _hone.presets().get(name) if kind == _plugins.SCHEDULER else None
    options = _hone.plugin(kind, preset[1] if preset else name)["options"]
    own = json.loads(preset[2] or "{}") if preset else {}
    inner = "".join(parameter({**option, **default(own, option)}) for option in options)
    head = f"(\n    *,\n{inner})" if inner else "()"
    return f"\ndef {name.replace('-', '_')}{head} -> Choice:\n{docstring(kind, name)}"


def stub(kind):
    """The text of one of the two files."""
    body = "".join(function(kind, name) for name in sorted(_plugins.names(kind)))
    head = HEAD.format(words=WORDS[FILES[kind]])
    if "Literal[" not in body:
        head = head.replace("from typing import Literal\n\n", "")
    return head + body


def main():
    for kind, file in FILES.items():
        (PACKAGE / file).write_text(stub(kind))


if __name__ == "__main__":
    main()
