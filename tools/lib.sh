# shellcheck shell=bash
# What the scripts of tools/ share: paths, messages, and the installation of missing Debian packages.
# Sourced, never run.

SKERRY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export SKERRY_ROOT

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$(basename "$0"): $*"
  exit 1
}

# wanted_packages PURPOSE...: the packages of tools/packages.txt for these purposes, without those
# whose commands are on PATH already.
wanted_packages() {
  local purpose package unless commands command
  while read -r purpose package unless commands; do
    [[ " $* " == *" $purpose "* ]] || continue
    if [[ $unless == unless ]]; then
      for command in $commands; do
        command -v "$command" >/dev/null || { printf '%s\n' "$package"; break; }
      done
    else
      printf '%s\n' "$package"
    fi
  done < <(grep -v '^#' "$SKERRY_ROOT/tools/packages.txt")
}

# shellcheck disable=SC2016  # dpkg-query's own format, not the shell's
# missing_packages PURPOSE...: of those, the ones that are not installed.
missing_packages() {
  comm -23 <(wanted_packages "$@" | sort -u) \
    <(wanted_packages "$@" | xargs -r dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null |
      sed -n 's/^installed //p' | sort -u)
}

# install_packages PURPOSE...: installs what is missing; asks apt for nothing when nothing is.
install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "not a Debian machine: install what tools/packages.txt lists under: $*"
    return 0
  fi
  local missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "needs root or sudo to install: ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get -q -o DPkg::Lock::Timeout=300)
  "${apt[@]}" update >/dev/null
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null
}

# at_least COMMAND MINIMUM: whether the command on PATH is of this version (MAJOR.MINOR) or a newer one.
at_least() {
  local output version
  command -v "$1" >/dev/null || return 1
  output=$("$1" version 2>/dev/null || "$1" --version) || return 1
  version=$(grep -oE '[0-9]+\.[0-9]+' <<<"$output" | head -n 1)
  [[ $(printf '%s\n' "$2" "$version" | sort -V | head -n 1) == "$2" ]]
}

# use_toolchains: sees to what tools/toolchains.txt asks for, and puts it on PATH.
use_toolchains() {
  local folder=$SKERRY_ROOT/build/toolchains name minimum requirement commands command
  while read -r name minimum requirement commands; do
    at_least "$name" "$minimum" && continue
    if [[ ! -f $folder/$requirement ]]; then
      say "installing $requirement, since $name is not $minimum or newer"
      python3 -m venv "$folder/venv"
      "$folder/venv/bin/pip" -q --disable-pip-version-check install "$requirement" ||
        die "$requirement could not be installed"
      mkdir -p "$folder/bin"
      for command in $commands; do
        ln -sf "$folder/venv/bin/$command" "$folder/bin/$command"
      done
      touch "$folder/$requirement"  # Only now is it whole.
    fi
    PATH=$folder/bin:$PATH
  done < <(grep -v '^#\|^$' "$SKERRY_ROOT/tools/toolchains.txt")
}

# configure PRESET: runs CMake once; Ninja runs it again when a CMakeLists.txt has changed.
configure() {
  [[ -f $SKERRY_ROOT/build/$1/build.ninja ]] && return 0
  (cd "$SKERRY_ROOT" && cmake --preset "$1")
}
