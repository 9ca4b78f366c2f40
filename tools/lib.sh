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

# configure PRESET: runs CMake once; Ninja runs it again when a CMakeLists.txt has changed.
configure() {
  [[ -f $SKERRY_ROOT/build/$1/build.ninja ]] && return 0
  (cd "$SKERRY_ROOT" && cmake --preset "$1")
}
