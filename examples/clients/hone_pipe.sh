#!/bin/sh
# A client of `hone pipe` in POSIX shell: finds x and n where (x - 3)^2 + (n - 2)^2 is smallest.
#
#     examples/clients/hone_pipe.sh [trials] [seed]
#
# $HONE names the command, `hone` when unset.
set -eu
export LC_ALL=C # numbers with a point
trials=${1:-40} seed=${2:-7}

# Two named pipes: requests go into descriptor 3, replies come out of descriptor 4.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkfifo "$dir/requests" "$dir/replies"
"${HONE:-hone}" pipe <"$dir/requests" >"$dir/replies" &
exec 3>"$dir/requests" 4<"$dir/replies"

# Sends one JSON line and reads the one that answers it into $reply.
request() {
    printf '%s\n' "$1" >&3
    IFS= read -r reply <&4
    case $reply in
    '{"error"'*)
        printf '%s\n' "hone_pipe.sh: $1 was answered with $reply" >&2
        exit 1
        ;;
    esac
}

# The number or word behind "name": in the reply.
member() {
    printf '%s\n' "$reply" | sed -n 's/.*"'"$1"'":\([^],}]*\).*/\1/p'
}

space='[{"name":"x","spec":"-10..10"},{"name":"n","spec":"int:1..8"}]'
request '{"space":'"$space"',"seed":'"$seed"',"direction":"minimize"}'
while [ "$trials" -gt 0 ]; do
    request '{"ask":1}'
    id=$(member id)
    value=$(awk -v x="$(member x)" -v n="$(member n)" \
        'BEGIN { printf "%.17g", (x - 3) * (x - 3) + (n - 2) * (n - 2) }')
    request '{"tell":'"$id"',"value":'"$value"'}'
    trials=$((trials - 1))
done
request '{"best":1}'
printf 'best: trial %s, value %s, x %s, n %s\n' \
    "$(member id)" "$(member values | tr -d '[')" "$(member x)" "$(member n)"

# The session ends when its input does.
exec 3>&- 4<&-
wait
