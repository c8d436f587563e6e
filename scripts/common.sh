# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What scripts/quickstart and scripts/test share; they source it.
# shellcheck shell=bash

heading() { printf '\n== %s ==\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

can_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

apt_install() { # PACKAGE...
  mkdir -p .cache
  (
    flock 9 # what prepares two things at once may want packages twice
    printf 'apt-get installs: %s\n' "$*"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  ) 9>.cache/apt.lock
}

# The first Python of these versions that starts, in the order given: on the path, or installed by pyenv.
find_python() { # VERSION...
  local version candidate
  for version in "$@"; do
    for candidate in "python$version" python3 "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python3; do
      if [ "$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$version" ]; then
        "$candidate" -c 'import sys; print(sys.executable)'
        return
      fi
    done
  done
  return 1
}

# A virtual environment with what a lock says and nothing else; one that has it already is left as it is.
# `constraints.txt` in it is the lock without hashes, for the pips that tests start (tests/conftest.py): with hashes,
# pip would refuse a checkout, which has none.
make_environment() { # PYTHON DIRECTORY LOCK
  local python=$1 directory=$2 lock=$3 package
  if is_current "$directory" "$lock" && [ "$python" = "$(cat "$directory/python.txt")" ]; then
    return
  fi
  if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    can_apt || fail "$python cannot make virtual environments: install the package $package (Debian, Ubuntu)."
    apt_install "$package"
  fi
  printf 'pip installs %s into %s\n' "$lock" "$directory"
  rm -rf "$directory"
  "$python" -m venv "$directory"
  # Wheels only, as the build back-end of a source distribution would be fetched without a lock.
  env -u PIP_CONSTRAINT -u PIP_BUILD_CONSTRAINT "$directory/bin/python" -m pip install --quiet \
    --disable-pip-version-check --only-binary :all: --require-hashes --requirement "$lock"
  sed -e '/^ *--hash=/d' -e 's/ \\$//' "$lock" >"$directory/constraints.txt"
  printf '%s\n' "$python" >"$directory/python.txt"
  cp "$lock" "$directory/lock.txt"
}

is_current() { cmp --quiet "$2" "$1/lock.txt"; } # DIRECTORY LOCK
