"""What the lint tools share: reading C source without its comments, strings and directives."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent

_TOKEN = re.compile(r"""
    //(?:\\\n|[^\n])*                   # line comment
  | /\*.*?\*/                           # block comment
  | "(?:\\.|[^"\\\n])*"                 # string
  | '(?:\\.|[^'\\\n])*'                 # character
""", re.VERBOSE | re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*\#(?:\\\n|[^\n])*", re.MULTILINE)


def _blank(match):
    """As many lines as there were, so that line numbers stay right."""
    text = match.group(0)
    quote = text[0] if text[0] in "\"'" else ""
    return quote + "\n" * text.count("\n") + quote


def code(text):
    """`text` without comments and directives, its literals emptied, its lines where they were."""
    return _DIRECTIVE.sub(_blank, _TOKEN.sub(_blank, text))


def includes(text):
    """(line, name) of each #include; a name in <> comes as it stands, one in quotes too."""
    without_comments = _TOKEN.sub(lambda m: m.group(0) if m.group(0)[0] == '"' else _blank(m), text)
    pattern = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]', re.MULTILINE)
    for match in pattern.finditer(without_comments):
        yield without_comments.count("\n", 0, match.start()) + 1, match.group(1)


def files(root, *patterns):
    """C sources below `root`, sorted, as paths relative to it."""
    found = {path for pattern in patterns for path in root.glob(pattern)}
    return sorted(path.relative_to(root) for path in found)
