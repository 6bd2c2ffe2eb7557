#!/bin/sh
# Makes a virtual environment with this checkout in it, and names the Debian packages it lacks.
#
#     ./environment.sh FOLDER EXTRA          EXTRA of pyproject.toml: all, test, peers or dev
#     ./environment.sh FOLDER                looks only for what a window on this display needs
#
# PYTHON=... chooses the interpreter, 3.11 or newer. Packages are installed where this runs as root;
# else it ends with the line that installs them.
set -eu
folder=$1
extra=${2:-}
python=${PYTHON:-python3}

# What Qt loads, and what its window needs on an X display beyond that.
QT_PACKAGES="libgl1 libegl1 libxkbcommon0 libglib2.0-0 libdbus-1-3 libfontconfig1"
XCB_PACKAGES="libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxkbcommon-x11-0 \
libxcb-xkb1 libxcb-image0 libxcb-render-util0 libxcb-randr0 libxcb-xinerama0"

stop() {
    echo "myoscope: $*" >&2
    exit 1
}

# need WHY PACKAGE...: install Debian packages, or say how.
need() {
    why=$1
    shift
    command -v apt-get >/dev/null || stop "$why. Install what this system has for: $*"
    if [ "$(id -u)" != 0 ]; then
        stop "$why. Run this, then the same command again:
    sudo apt-get update && sudo apt-get install -y --no-install-recommends $*"
    fi
    echo "myoscope: $why: apt-get install -y --no-install-recommends $*"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q </dev/null &&
        apt-get install -q -y --no-install-recommends "$@" </dev/null ||
        stop "apt-get could not install $*; its own words are above"
}

# Debian's own interpreter has its parts in packages of its own; any other brings them along.
of_debian() {
    [ -e "/var/lib/dpkg/info/python$version-minimal.list" ] &&
        [ "$(readlink -f "$("$python" -c 'import sys; print(sys.executable)')")" = "/usr/bin/python$version" ]
}

make_environment() {
    [ -x "$folder/bin/python" ] && python=$folder/bin/python
    command -v "$python" >/dev/null || need "there is no $python" python3 python3-venv
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') ||
        stop "$python does not run; remove $folder, or choose another with PYTHON=..."
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        stop "$python is Python $version; wanted 3.11 or newer. Choose another: make test PYTHON=python3.12"

    lacks=
    packages=
    if ! echo '#include <stdio.h>' | ${CC:-cc} -x c -fsyntax-only - 2>/dev/null; then
        [ "$(uname)" != Darwin ] || stop "there is no C compiler; run: xcode-select --install"
        lacks="a C compiler" packages="gcc libc6-dev"
    fi
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        of_debian || stop "$python lacks venv or ensurepip; choose another with PYTHON=..."
        lacks="${lacks:+$lacks, }Python's venv" packages="$packages python$version-venv"
    fi
    if [ ! -e "$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ]; then
        of_debian || stop "$python has no Python.h; install its headers, or choose another with PYTHON=..."
        lacks="${lacks:+$lacks, }Python's headers" packages="$packages python$version-dev"
    fi
    [ -z "$packages" ] || need "this system lacks $lacks" $packages

    if [ ! -x "$folder/bin/python" ]; then
        echo "myoscope: making $folder with Python $version"
        "$python" -m venv "$folder"
    fi
    python=$folder/bin/python
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    # Build tools first, so that a kernel that has changed is built again without a download.
    "$python" -m pip install -q $("$python" -c 'import tomllib
print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])')
    echo "myoscope: installing into $folder; the first time takes some minutes"
    "$python" -m pip install -q --no-build-isolation -e ".[$extra]"
}

check_qt() {
    "$python" -c 'import PySide6.QtWidgets' 2>/dev/null ||
        need "Qt lacks libraries of the system" $QT_PACKAGES
    "$python" -c 'import PySide6.QtWidgets' || stop "Qt cannot be loaded; the reason is above"
}

check_window() {
    check_qt
    [ -z "${DISPLAY:-}" ] || "$python" -c 'import ctypes, pathlib, PySide6
ctypes.CDLL(pathlib.Path(PySide6.__file__).parent / "Qt/plugins/platforms/libqxcb.so")' 2>/dev/null ||
        need "Qt lacks libraries for a window on $DISPLAY" $XCB_PACKAGES
}

case $extra in
"")
    python=$folder/bin/python
    # Without a display the demonstration runs in the terminal, and without Qt.
    [ "$(uname)" != Linux ] || [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || check_window
    ;;
all) make_environment ;;
peers)
    make_environment
    "$python" -m pip install -q --no-deps "spikeinterface>=0.105.3"
    ;;
*)
    make_environment
    [ "$(uname)" != Linux ] || check_qt
    ;;
esac
