#!/bin/sh
# Checks that this machine can run qtweb, and prints the path of a Python 3.11 that can make a virtual environment.
# What is missing is named with the one command that mends it, and the exit status is 1.
#
#   PYTHON=python3.11 sh deploy/preflight.sh

needed_mb=2048      # the virtual environment with its servers, and room for data
glibc_minor=28      # the wheels of the embedded PostgreSQL are built for glibc 2.28

fail() { # what is wrong, the command that mends it
    printf 'qtweb: %s\n\n    %s\n\n' "$1" "$2" >&2
    exit 1
}

administrator() { [ "$(id -u)" = 0 ] || printf 'sudo '; }

python_installer() {
    codename=$(. /etc/os-release 2>/dev/null && printf '%s' "$VERSION_CODENAME")
    if [ "$codename" = bookworm ] || [ "$codename" = jammy ] ||
        { command -v apt-cache && apt-cache show python3.11-venv; } >/dev/null 2>&1; then
        printf "%ssh -c 'apt-get update && apt-get install -y python3.11-venv'" "$(administrator)"
    elif command -v dnf >/dev/null; then
        printf '%sdnf install -y python3.11' "$(administrator)"
    else
        printf 'curl -LsSf https://astral.sh/uv/install.sh | sh && ~/.local/bin/uv python install 3.11'
    fi
}

is_python_3_11() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; }

system=$(uname -s)-$(uname -m)
case $system in
    Linux-x86_64 | Linux-aarch64) ;;
    *) fail "this is $system; the embedded servers are built for Linux on x86_64 and aarch64" \
            "docker run -it -v \"\$PWD\":/qtweb -w /qtweb python:3.11 make demo" ;;
esac

glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null)
case $glibc in
    "glibc 2."*) [ "${glibc#glibc 2.}" -ge "$glibc_minor" ] 2>/dev/null ;;
    *) false ;;
esac || fail "the C library here is '${glibc:-not glibc}'; the embedded servers need glibc 2.$glibc_minor or newer" \
             "docker run -it -v \"\$PWD\":/qtweb -w /qtweb python:3.11 make demo"

python=
for candidate in "$PYTHON" python3.11 python3 "$HOME/.local/bin/python3.11"; do
    if [ -n "$candidate" ] && is_python_3_11 "$candidate"; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || fail "Python 3.11 was not found" "$(python_installer)"
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    fail "Python 3.11 is here, but without the modules venv and ensurepip" "$(python_installer)"

if [ ! -x .venv/bin/python ]; then
    free_mb=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free_mb" -ge "$needed_mb" ] ||
        fail "$PWD has $free_mb MB free, and $needed_mb MB are needed: make room, or use another disk" \
             "git clone . /a/larger/disk/qtweb"
fi

command -v "$python"
