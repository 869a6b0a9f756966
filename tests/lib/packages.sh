# The packages each lane of ./dev needs, by distribution family; sourced by ./dev.
# A lane's list holds what it adds to the lanes before it: build < lab < test < ci, and bench.
# shellcheck shell=bash disable=SC2034

declare -A APT_PACKAGES=(
  [build]="g++ meson ninja-build pkg-config ccache libevent-dev libssl-dev libnl-3-dev
           libnl-route-3-dev libnghttp2-dev libpcre2-dev zlib1g-dev libc-ares-dev nlohmann-json3-dev
           libcrypt-dev libseccomp-dev libsystemd-dev doctest-dev"
  [lab]="python3 iproute2 procps util-linux nginx-light"
  [test]="python3-pytest python3-jsonschema python3-h2 python3-grpcio keepalived haproxy frr tshark
          rsyslog curl strace nghttp2-client dnsmasq-base mariadb-server-core opensmtpd
          postgresql redis-server slapd chromium prometheus tmux mandoc openssl"
  [ci]="clang-19 lld-19 clang-format-19 clang-tidy-19 llvm-19 libclang-rt-19-dev rpm rpmlint cpio
        systemd logrotate"
  [bench]="wrk haproxy keepalived strace libnginx-mod-stream nghttp2-client openssl"
)

# EL 9 needs the CRB and EPEL repositories and a newer compiler than its own (see enable_el_repos).
declare -A DNF_PACKAGES=(
  [build]="gcc-c++ meson ninja-build pkgconf-pkg-config ccache libevent-devel openssl-devel
           libnl3-devel libnghttp2-devel pcre2-devel zlib-devel c-ares-devel json-devel
           libxcrypt-devel libseccomp-devel systemd-devel doctest-devel"
  [lab]="python3 iproute procps-ng util-linux nginx"
  [test]="python3-pytest python3-jsonschema python3-h2 python3-grpcio keepalived haproxy frr
          wireshark-cli rsyslog curl strace nghttp2 dnsmasq mariadb-server opensmtpd
          postgresql-server redis openldap-servers chromium tmux mandoc
          golang-github-prometheus openssl"
  [ci]="clang lld clang-tools-extra llvm compiler-rt rpm-build rpmlint cpio systemd
        logrotate"
  [bench]="wrk haproxy keepalived strace nginx-mod-stream nghttp2 openssl"
)

missing_apt() {
  local package state
  for package in "$@"; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [[ $state == installed ]] || echo "$package"
  done
}

missing_dnf() {
  local package
  for package in "$@"; do
    rpm -q --quiet --whatprovides "$package" || echo "$package"
  done
}

# The daemons that come with the packages are for the tests only: keep apt from starting them.
with_daemons_held_back() {
  local policy=/usr/sbin/policy-rc.d
  if [[ -e $policy ]]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  local result=0
  "$@" || result=$?
  rm -f "$policy"
  return "$result"
}

install_apt() {
  export DEBIAN_FRONTEND=noninteractive
  if ! with_daemons_held_back apt-get install -y -q --no-install-recommends "$@"; then
    apt-get update -q
    with_daemons_held_back apt-get install -y -q --no-install-recommends "$@"
  fi
}

enable_el_repos() {
  local id_like=""
  id_like=$(. /etc/os-release && echo "${ID:-} ${ID_LIKE:-} ${VERSION_ID%%.*}")
  [[ $id_like == *rhel* || $id_like == *centos* ]] || return 0
  dnf install -y -q 'dnf-command(config-manager)' epel-release
  dnf config-manager --set-enabled crb
}

install_dnf() {
  enable_el_repos
  dnf install -y -q "$@"
}

# On EL 9 the compiler that knows C++23 comes as a software collection: put it first in PATH.
use_newer_el_compiler() {
  local version=""
  [[ -r /etc/os-release ]] && version=$(. /etc/os-release && echo "${PLATFORM_ID:-}")
  [[ $version == platform:el9 ]] || return 0
  local bin=/opt/rh/gcc-toolset-14/root/usr/bin
  if [[ ! -x $bin/g++ ]]; then
    dnf install -y -q gcc-toolset-14-gcc-c++
  fi
  export PATH="$bin:$PATH"
}

# install_lanes LANE...: installs what is missing for the lanes; silent and offline when nothing is.
install_lanes() {
  local lane missing=()
  if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
    for lane in "$@"; do
      # shellcheck disable=SC2086
      mapfile -t -O "${#missing[@]}" missing < <(missing_apt ${APT_PACKAGES[$lane]})
    done
    install_missing install_apt "${missing[@]}"
  elif command -v dnf >/dev/null; then
    for lane in "$@"; do
      # shellcheck disable=SC2086
      mapfile -t -O "${#missing[@]}" missing < <(missing_dnf ${DNF_PACKAGES[$lane]})
    done
    install_missing install_dnf "${missing[@]}"
    use_newer_el_compiler
  else
    echo "dev: neither apt nor dnf here; see tests/lib/packages.sh for what to install" >&2
  fi
}

install_missing() {
  local installer=$1
  shift
  (($# > 0)) || return 0
  if ((EUID != 0)); then
    echo "dev: these packages are missing; run as root, or install them and come back:" >&2
    echo "  $*" >&2
    return 1
  fi
  echo "dev: installing $*"
  "$installer" "$@"
}
