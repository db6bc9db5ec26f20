# Sourced by benchmarks that run a peer: `venv NAME PACKAGE…` makes build/venv/NAME once, with these
# packages, and prints the path of its Python.
venv() {
    name=$1
    shift
    home=build/venv/$name
    wanted="$*"
    if [ ! -f "$home/.ready" ] || [ "$(cat "$home/.ready")" != "$wanted" ]; then
        python3 -m venv --clear "$home" >&2 && "$home/bin/pip" install -q "$@" >&2 || return 1
        echo "$wanted" >"$home/.ready"
    fi
    echo "$home/bin/python"
}
# The environment of the comparisons with Optuna.
optuna_python() { venv optuna optuna==5.0.0; }
