#!/bin/sh
# Finds a Python that Multiplane runs on, and starts the installer with it: ./install.sh [words].
# Another Python: MULTIPLANE_PYTHON=/path/to/python ./install.sh
set -eu
cd "$(dirname "$0")"

# Whether "$1" is a Python from 3.11 to 3.14.
fits() {
    found=$(command -v "$1" 2>/dev/null) || return 1
    # On a Mac without Apple's tools this one only opens a dialog that offers them.
    if [ "$found" = /usr/bin/python3 ] && [ "$(uname)" = Darwin ]; then
        xcode-select -p >/dev/null 2>&1 || return 1
    fi
    "$found" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
}

for python in ${MULTIPLANE_PYTHON:+"$MULTIPLANE_PYTHON"} python3.13 python3.12 python3.14 python3.11 python3 python; do
    if fits "$python"; then
        exec "$python" installer "$@"
    fi
done

echo "Multiplane needs Python 3.11 to 3.14, and none was found." >&2
if [ "$(uname)" = Darwin ]; then
    echo "Install it from python.org, or with Homebrew: brew install python@3.13" >&2
elif command -v apt-get >/dev/null; then
    echo "Install it: sudo apt-get install python3 python3-venv" >&2
elif command -v dnf >/dev/null; then
    echo "Install it: sudo dnf install python3" >&2
else
    echo "Install it with your system's package manager, or from python.org." >&2
fi
echo "Then run the same command again." >&2
exit 2
