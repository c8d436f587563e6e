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

# A virtual environment with these requirements; one that has them already is left as it is.
make_environment() { # PYTHON DIRECTORY ANSIBLE_CORE REQUIREMENTS_FILE...
  local python=$1 directory=$2 ansible_core=$3 file wanted options=()
  shift 3
  wanted=$(printf '%s\n' "$python" "$ansible_core" && cat "$@")
  if [ -x "$directory/bin/python" ] && [ "$wanted" = "$(cat "$directory/.wanted" 2>/dev/null)" ]; then
    return
  fi
  if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    can_apt || fail "$python cannot make virtual environments: install the package $package (Debian, Ubuntu)."
    apt_install "$package"
  fi
  printf 'pip installs into %s: %s, %s\n' "$directory" "$ansible_core" "$*"
  rm -rf "$directory"
  "$python" -m venv "$directory"
  for file in "$@"; do options+=(--requirement "$file"); done
  "$directory/bin/python" -m pip install --quiet --disable-pip-version-check "$ansible_core" "${options[@]}"
  printf '%s\n' "$wanted" >"$directory/.wanted"
}
