#!/bin/sh
# Makes the virtual environment .venv from the pinned requirements; run by make, from the root.
# usage: [WHEELHOUSE=folder] sh requirements/set_up.sh [PYTHON]
# With a folder of wheels (make wheelhouse) no network and no compiler is needed.
set -eu
. "${0%/*}/python.sh"

# Wheels and warnings about mirrors would fill the screen; errors are still shown.
install() {
    .venv/bin/python -m pip install -qq --disable-pip-version-check "$@"
}

check_wheelhouse() {
    [ -d "$wheelhouse" ] ||
        refuse "WHEELHOUSE=$wheelhouse is no folder: make wheelhouse packs one, where there is" \
            "internet; copy it to this machine"
    tag=cp$(echo "$version" | tr -d .)
    ls "$wheelhouse"/numpy-*-"$tag"-*.whl >/dev/null 2>&1 ||
        refuse "the wheels in $wheelhouse are not for Python $version: pack them with it (make" \
            "PYTHON=python$version wheelhouse), or name the Python that they are for"
}

python=${1:-}
wheelhouse=${WHEELHOUSE:-}
[ -n "$python" ] || python=$(find_python)
check_python
if [ -n "$wheelhouse" ]; then check_wheelhouse; else check_compiler; fi

echo "cirl: setting up .venv with $("$python" -V), once; this takes some minutes"
rm -f .venv/.installed-*
# Another Python than the one that an earlier .venv was made with starts it afresh.
[ "$(version_of .venv/bin/python)" = "$version" ] || rm -rf .venv
"$python" -m venv .venv
if [ -n "$wheelhouse" ]; then
    # These wheels alone, whatever indexes and folders the user's own configuration names.
    unset PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_CONSTRAINT
    export PIP_CONFIG_FILE=/dev/null PIP_NO_INDEX=1 PIP_FIND_LINKS="$wheelhouse"
fi
install -r requirements/build.txt
install -r requirements/lock.txt
(
    export PYTHONPATH="$PWD/requirements/shim"
    install --no-build-isolation --no-deps -r requirements/pyradiomics.txt
)
install --no-build-isolation --no-deps --editable .
.venv/bin/python -c 'import cirl, radiomics'
echo "cirl: .venv is ready"
