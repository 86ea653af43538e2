#!/bin/sh
# Packs every wheel of the pinned requirements, PyRadiomics built, into wheelhouse/; run by make,
# from the root, on a machine with internet that is like the one without.
# usage: sh requirements/pack.sh [PYTHON]
set -eu
. "${0%/*}/python.sh"

python=${1:-}
[ -n "$python" ] || python=$(find_python)
check_python
check_compiler

echo "cirl: packing wheels for $("$python" -V), once; this takes some minutes"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pip() {
    "$work/venv/bin/python" -m pip "$@" -qq --disable-pip-version-check
}
"$python" -m venv "$work/venv"
# What packages are built with, PyRadiomics too, is pinned and comes first: old pip builds some of the
# lock with what it finds installed, and PyRadiomics will run with the NumPy that it is compiled with.
pip wheel --wheel-dir "$work/wheels" -r requirements/build.txt
pip install --no-index --find-links "$work/wheels" -r requirements/build.txt
pip wheel --wheel-dir "$work/wheels" -r requirements/lock.txt
PYTHONPATH="$PWD/requirements/shim" pip wheel --no-build-isolation --no-deps \
    --wheel-dir "$work/wheels" -r requirements/pyradiomics.txt
rm -rf wheelhouse
mv "$work/wheels" wheelhouse
echo "cirl: $(ls wheelhouse | wc -l) wheels in wheelhouse/, $(du -sh wheelhouse | cut -f 1);" \
    "copy it into the clone on the other machine, and there: make setup WHEELHOUSE=wheelhouse"
