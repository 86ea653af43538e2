# What set_up.sh and pack.sh check before they make anything; read by both, from the root.
# Everything that can be missing is named in one line, with what to do.

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
