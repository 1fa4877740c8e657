#!/bin/sh
# Makes .venv as uv.lock says, from nothing but Python >= 3.11: uv itself is put into
# .local/tools when there is none to be found.
set -eu
cd "$(dirname "$0")/.."
tools=.local/tools

stop() {
    echo "ledgerport: $1" >&2
    exit 1
}

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}

find_uv() {
    for uv in uv "$tools/bin/uv" "$tools/uv/bin/uv"; do
        if "$uv" --version >/dev/null 2>&1; then
            echo "$uv"
            return
        fi
    done
}

# Debian splits venv and pip off Python: either is enough.
install_uv() {
    mkdir -p "$tools"
    if "$python" -m venv "$tools" >"$tools/setup.log" 2>&1; then
        "$tools/bin/python" -m pip install --quiet uv >>"$tools/setup.log" 2>&1 && return
    fi
    rm -rf "$tools/bin" "$tools/lib" "$tools/lib64" "$tools/include" "$tools/pyvenv.cfg"
    "$python" -m pip install --quiet --target "$tools/uv" uv >>"$tools/setup.log" 2>&1 ||
        stop "uv could not be installed (see $tools/setup.log): install python3-venv or python3-pip, or uv itself"
}

python=$(find_python)
uv=$(find_uv)
if [ -z "$uv" ]; then
    [ -n "$python" ] || stop "Python 3.11 or later is needed and was not found"
    echo "putting uv into $tools"
    install_uv
    uv=$(find_uv)
    [ -n "$uv" ] || stop "uv was installed into $tools and does not run there"
fi

# Naming an interpreter would make uv replace an environment that already fits.
if [ -x .venv/bin/python ] || [ -z "$python" ]; then
    exec "$uv" sync --locked --quiet
fi
exec "$uv" sync --locked --quiet --python "$python"
