# What the builders of packages share; sourced by packaging/rpm/build and packaging/deb/build, from
# the project's root.
# shellcheck shell=bash

# The same bytes for the same tree, wherever and whenever it is packed.
umask 022
export LC_ALL=C TZ=UTC
if [[ -z ${SOURCE_DATE_EPOCH:-} ]]; then
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
fi
export SOURCE_DATE_EPOCH

project_version() { sed -n "s/^  version: '\(.*\)',/\1/p" meson.build | head -1; }

# pack_source NAME FILE: the tree as it stands, uncommitted changes included, below NAME/.
pack_source() {
  local name=$1 file=$2
  git ls-files -co --exclude-standard -z | sort -zu |
    while IFS= read -r -d '' path; do [[ -e $path ]] && printf '%s\0' "$path"; done |
    tar --no-recursion --null --files-from=- --transform "s|^|$name/|" --format=gnu \
      --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
      --mode='u+rwX,go+rX,go-w' -cf - | gzip -9n >"$file"
}

# build_id FILE: what debuggers know the binary by. The linker's own would be a hash of the debug
# information too, which names the directory of the build.
build_id() { sha1sum "$1" | cut -c 1-40; }
