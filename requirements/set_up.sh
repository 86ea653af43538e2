#!/bin/sh
# Makes the virtual environment .venv from the pinned requirements; run by make, from the root.
# usage: sh requirements/set_up.sh [PYTHON]
# Everything that can be missing is named in one line, with what to do, before anything is made.
set -eu

supported="3.11 3.12"

refuse() {
    echo "cirl: $*" >&2
    exit 1
}

version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

is_supported() {
    case " $supported " in *" $1 "*) [ -n "$1" ] ;; *) return 1 ;; esac
}

# A command may be on PATH and yet not run (a shim of pyenv), so each candidate is asked.
find_python() {
    for candidate in python3.11 python3.12 python3 python; do
        if is_supported "$(version_of "$candidate")"; then
            echo "$candidate"
            return
        fi
    done
    refuse "Python 3.11 or 3.12 is needed and none is on PATH: install python3.11, or name one:" \
        "make PYTHON=/path/to/python3.11 demo"
}

check_python() {
    version=$(version_of "$python")
    is_supported "$version" ||
        refuse "Python 3.11 or 3.12 is needed, and $python is ${version:-not a Python that runs}:" \
            "install python3.11, or name one: make PYTHON=/path/to/python3.11 demo"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        refuse "$python cannot make virtual environments: install python$version-venv"
}

check_compiler() {
    compiler=${CC:-$("$python" -c 'import sysconfig as s; print(s.get_config_var("CC") or "cc")')}
    compiler=${compiler%% *}
    command -v "$compiler" >/dev/null ||
        refuse "the C compiler $compiler builds PyRadiomics and is not on PATH: install gcc and" \
            "libc6-dev, or name another: make CC=/path/to/compiler demo"
    header=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h
    [ -f "$header" ] ||
        refuse "$header, which PyRadiomics is built with, is missing: install python$version-dev"
}

# Wheels and warnings about mirrors would fill the screen; errors are still shown.
install() {
    .venv/bin/python -m pip install -qq --disable-pip-version-check "$@"
}

python=${1:-}
[ -n "$python" ] || python=$(find_python)
check_python
check_compiler

echo "cirl: setting up .venv with $("$python" -V), once; this takes some minutes"
rm -f .venv/.installed-*
# Another Python than the one that an earlier .venv was made with starts it afresh.
[ "$(version_of .venv/bin/python)" = "$version" ] || rm -rf .venv
"$python" -m venv .venv
install -r requirements/build.txt
install -r requirements/lock.txt
(
    export PYTHONPATH="$PWD/requirements/shim"
    install --no-build-isolation --no-deps -r requirements/pyradiomics.txt
)
install --no-build-isolation --no-deps --editable .
.venv/bin/python -c 'import cirl, radiomics'
echo "cirl: .venv is ready"
