"""Every documented example, mutated: each token dropped, doubled, misspelt, out of range.

A mutant is either valid or told in one sentence that names what is wrong, with the caret under it.
Thousands of them go through the library in one process (read_space); a sample goes through the
command, which must end with exit code 2.
"""
import json
import random
import re
import shlex

import pytest

# docs/reference/space.md is read as it stands. This is the command of README.md and of the tutorial.
README = ["lr=log:1e-5..1e-1", "depth=int:2..10", "opt=sgd,adam,lion",
          "momentum=0..0.99 if opt==sgd"]
COMMAND = ["./train", "--lr", "{lr}", "--depth", "{depth}", "--optimizer", "{opt}",
           "{momentum:--momentum}"]
FORMATS = ["./train", "--lr={lr:%.4g}", "{args}", "{json_file}", "{trial}", "{seed}", "{dir}"]
STUDY = ["x=-5..10", "y=0..15"]

NUMBER = r"(?:(?<![\w.])-)?(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![A-Za-z_])"
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|' r"'[^']*'|" + NUMBER + r"|[A-Za-z_][\w-]*"
                   r"|\.\.|\*/|\+-|==|!=|<=|>=|&&|\|\||\S")
OUT_OF_RANGE = ["1e999", "-1e999", "99999999999999999999", "18446744073709551616", "-5", "0", "1.5",
                "nan", "1e308", "0.00000001", "1e-320"]
N_THROUGH_COMMAND = 300


def misspelt(token):
    if re.fullmatch(r"[A-Za-z_][\w-]*", token):
        words = [token + "x", token[:-1] + "_" + token[-1]]
        return words + ([token[1] + token[0] + token[2:], token[:-1]] if len(token) > 1 else [])
    if re.fullmatch(NUMBER, token):
        return [token + "x", "x" + token, token + "..", "-" + token, "1.2.3"]
    if token[0] in "\"'":
        return [token[:-1], token[1:], token[0] + "zz" + token[1:]]
    return ["?", "@", "é", "\x01", token + token[-1]]


class Mutant:
    """One text of an example with one token changed; [start, end) is where the change stands."""

    def __init__(self, kind, before, after, token, start, end):
        self.kind, self.before, self.after = kind, before, after
        self.token, self.start, self.end = token, start, end

    def __repr__(self):
        return f"{self.kind} {self.token!r} of {self.before!r}: {self.after!r}"


def mutants(text):
    for found in TOKEN.finditer(text):
        a, b, token = found.start(), found.end(), found.group()
        yield Mutant("drop", text, text[:a] + text[b:], token, a, a)
        for gap in ("", " "):
            changed = token + gap + token
            yield Mutant("double", text, text[:a] + changed + text[b:], token, a, a + len(changed))
        changes = misspelt(token)
        if re.fullmatch(NUMBER, token):
            changes = changes + OUT_OF_RANGE
        for changed in changes:
            yield Mutant("misspell", text, text[:a] + changed + text[b:], token, a,
                         a + len(changed))


def rule_shift(text):
    found = re.match(r"(forbid|require) ", text)
    return found.end() if found else 0


def examples(root):
    document = (root / "docs" / "reference" / "space.md").read_text()
    spaces = [block.strip().split("\n")
              for block in re.findall(r"```space\n(.*?)```", document, re.S)]
    assert len(spaces) >= 8
    return [(space, None) for space in spaces] + [(README, COMMAND), (README, FORMATS),
                                                  (STUDY, ["./branin.sh", "{x}", "{y}"])]


def cases(root):
    """(mutant, texts, command) for every mutant of every example."""
    for texts, command in examples(root):
        for i, text in enumerate(texts):
            for mutant in mutants(text):
                yield mutant, texts[:i] + [mutant.after] + texts[i + 1:], command
        for i, word in enumerate(command or []):
            if "{" in word:
                for mutant in mutants(word):
                    yield mutant, texts, command[:i] + [mutant.after] + command[i + 1:]


def numbers_in(text):
    found = set()
    for part in re.split(r"\.\.|[^\w.+-]+", text):
        try:
            found.add(float(part.rstrip(".")))
        except ValueError:
            pass
    return found


def names_it(sentence, mutant):
    """Does the sentence hold the changed token, as a text or as a number?"""
    changed = mutant.after[mutant.start:mutant.end].strip("\"'{}")
    return bool(changed and changed in sentence or numbers_in(changed) & numbers_in(sentence))


def run_at(text, column):
    """The run of non-blanks about a column: [from, to]."""
    start, end = column, column
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end


def place_is_right(mutant, sentence, source, column):
    shift = rule_shift(mutant.after)
    text = re.sub(r"[\x00-\x1f]", " ", mutant.after[shift:])
    start, end = mutant.start - shift, mutant.end - shift
    if source != text:
        # What the change has broken elsewhere: a name, a choice or a type that another text uses.
        name = mutant.after.split("=")[0].strip()
        old = mutant.token.strip("\"'")
        return any(word and word in sentence for word in (name, old)) or names_it(sentence, mutant)
    if start <= column <= end:
        return True
    if mutant.kind == "drop":
        around = [(m.start(), m.end()) for m in TOKEN.finditer(text)]
        before = [a for a, _ in around if a < start]
        behind = [b for a, b in around if a >= start]
        if (before[-1] if before else 0) <= column <= (behind[0] if behind else len(text)):
            return True
    if re.search(r"never closed|without its|closing brace|is not a condition", sentence):
        return True  # the caret stands under the partner
    if mutant.token[0] in "\"'{[" and column >= start:
        return True  # where a text or a list ends is a question of its quotes or brackets
    low, high = run_at(text, max(0, min(start, len(text) - 1)))
    if low <= column <= max(high, end):
        return True  # the word or the list that holds the token
    return names_it(sentence, mutant) or mutant.token.strip("\"'") in sentence


def faults(mutant, sentence, source, column):
    """What is wrong with an error, [] when nothing is."""
    found = []
    if not re.search(r"\w+ \w+", sentence) or "\n" in sentence or len(sentence) < 15:
        found.append("no sentence")
    if "(null)" in sentence or "%s" in sentence:
        found.append("a slip in the sentence")
    if column is None:
        if "rules" not in sentence:  # an unsatisfiable space has no place, and is named by its rule
            found.append("no caret")
    elif not place_is_right(mutant, sentence, source, column):
        found.append("the caret is elsewhere")
    return found


def column_of(answer):
    if answer["column"] < 0:
        return None
    return len(answer["source"].encode()[:answer["column"]].decode(errors="replace"))


def test_mutants_in_the_library(root, program):
    todo = list(cases(root))
    requests = [json.dumps({"texts": texts, **({"command": command} if command else {})})
                for _, texts, command in todo]
    result = program("read_space")(stdin="\n".join(requests) + "\n", timeout=100)
    assert result.code == 0 and result.err == ""
    answers = [json.loads(line) for line in result.out.splitlines()]
    assert len(answers) == len(todo) > 4000
    wrong, n_refused = [], 0
    for (mutant, _, _), answer in zip(todo, answers):
        if answer["status"] == "OK":
            continue
        n_refused += 1
        assert answer["status"] in ("EPARSE", "EINVAL", "EEXISTS"), (mutant, answer)
        said = faults(mutant, answer["text"], answer["source"], column_of(answer))
        if said:
            wrong.append(f"{', '.join(said)}: {mutant}\n    {answer}")
    assert not wrong, f"{len(wrong)} of {n_refused}:\n" + "\n".join(wrong[:40])
    assert n_refused > len(todo) / 2


def test_the_examples_themselves_are_right(root, program):
    requests = [json.dumps({"texts": texts, **({"command": command} if command else {})})
                for texts, command in examples(root)]
    result = program("read_space")(stdin="\n".join(requests) + "\n")
    assert [json.loads(line) for line in result.out.splitlines()] == [{"status": "OK"}] * len(
        requests)


def space_arguments(texts):
    arguments = []
    for text in texts:
        shift = rule_shift(text)
        option = "--" + text[:shift].strip() if shift else "-p"
        # Joined, so that a text that begins with '-' stays a value.
        arguments.append(f"{option}={text[shift:]}" if shift else f"-p{text}")
    return arguments


def check_screen(mutant, result, arguments):
    """The error on the screen: a sentence, the command line and a caret in it."""
    shown = (mutant, shlex.join(map(str, arguments)), result)
    assert result.code == 2 and result.out == "", shown
    lines = result.err.rstrip("\n").split("\n")
    assert lines[0].startswith("hone: ") and len(lines[0]) > 20, shown
    assert len(lines) in (1, 3), shown
    if len(lines) == 3:
        assert lines[2].strip() == "^", shown
        assert lines[2].index("^") <= len(lines[1]), shown
    else:
        assert "rules" in lines[0] or "command" in lines[0], shown


@pytest.mark.parametrize("part", range(3))
def test_mutants_through_the_command(root, hone, workdir, part):
    todo = random.Random(part).sample(list(cases(root)), N_THROUGH_COMMAND // 3)
    for mutant, texts, command in todo:
        if command:
            arguments = ["run", "--dry-run", "--minimize", "loss", *space_arguments(texts), "--",
                         *command]
        else:
            arguments = ["space", "check", *space_arguments(texts)]
        result = hone(*arguments, timeout=5)
        if result.code == 0:
            assert result.err == "" and result.out, (mutant, arguments, result)
        else:
            check_screen(mutant, result, arguments)
    assert not list(workdir.iterdir())


OPTIONS = [["-n", "100"], ["-j", "4"], ["--time", "2h"], ["--target", "0.5"], ["--seed", "7"],
           ["--timeout-trial", "90s"], ["--grace", "10s"], ["--retries", "2"],
           ["--take", "last"], ["--durability", "auto"], ["--sampler", "random"],
           ["--scheduler", "none"], ["--constraint", "latency<=20"], ["--metric", "latency"],
           ["--minimize", "loss"], ["--regex", "loss (.*)"], ["--metric-from", "out.json:a.b"]]


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option[0])
def test_mutants_of_options(hone, option):
    for word in range(2):
        for mutant in mutants(option[word]):
            changed = option[:word] + [mutant.after] + option[word + 1:]
            arguments = ["run", "--dry-run", *changed, "--minimize=value", "-px=0..1", "--", "true",
                         "{x}"]
            result = hone(*arguments, timeout=5)
            assert result.code in (0, 2), (mutant, arguments, result)
            if result.code == 2:
                lines = result.err.split("\n")
                assert lines[0].startswith("hone: ") and len(lines[0]) > 20, (mutant, result)
                assert result.out == "", (mutant, result)
                if len(lines) > 2:
                    assert lines[2].strip() == "^", (mutant, result)
