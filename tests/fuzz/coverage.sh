#!/usr/bin/env bash
# Which share of each decoder's lines the committed corpora reach. Builds the fuzz targets with
# clang's coverage, replays tests/fuzz/corpus/<name>/ through each and prints a line for each file
# of decoders.txt. Several bodies may share a file: their coverage is added up. Exits with 1 when a
# file stays below 95 %, or when a body is not in decoders.txt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
BUILD=${HAPAIR_COVERAGE_DIR:-build-coverage}
LIMIT=95

tool() { command -v "$1-19" || command -v "$1" || { echo "coverage: $1 is missing" >&2; exit 1; }; }
clang=$(tool clang++)
profdata=$(tool llvm-profdata)
cov=$(tool llvm-cov)

# What meson runs while it configures must not leave a profile behind.
export LLVM_PROFILE_FILE=/dev/null
if [[ ! -f $BUILD/build.ninja ]]; then
  cxx=$clang
  command -v ccache >/dev/null && cxx="ccache $clang"
  CXX=$cxx meson setup "$BUILD" -Dfuzzers=true -Dbuildtype=debug -Db_lundef=false \
    -Dcpp_args='-fprofile-instr-generate -fcoverage-mapping -fsanitize=fuzzer-no-link' \
    -Dcpp_link_args=-fprofile-instr-generate
fi

names=()
for body in tests/fuzz/*_body.hpp; do
  name=$(basename "$body" _body.hpp)
  grep -q "^$name:" tests/fuzz/decoders.txt || {
    echo "coverage: tests/fuzz/decoders.txt has no line for $name; name its decoder files there" >&2
    exit 1
  }
  names+=("$name")
done
ninja -C "$BUILD" -j "${HAPAIR_JOBS:-$(nproc)}" "${names[@]/#/tests/fuzz/fuzz_}"

profiles=$BUILD/profiles
rm -rf "$profiles"
mkdir -p "$profiles"
objects=()
for name in "${names[@]}"; do
  LLVM_PROFILE_FILE=$profiles/$name.profraw \
    "$BUILD/tests/fuzz/fuzz_$name" -runs=0 "tests/fuzz/corpus/$name" \
    >"$profiles/$name.log" 2>&1 || {
    cat "$profiles/$name.log" >&2
    exit 1
  }
  objects+=(-object "$BUILD/tests/fuzz/fuzz_$name")
done
"$profdata" merge -o "$profiles/all.profdata" "$profiles"/*.profraw

mapfile -t decoders < <(sed -n 's/^[a-z0-9_]*: //p' tests/fuzz/decoders.txt | tr ' ' '\n' | sort -u)
"$cov" export --summary-only -instr-profile "$profiles/all.profdata" "${objects[@]}" |
  python3 -c '
import json, os, sys
limit, wanted = int(sys.argv[1]), sys.argv[2:]
files = json.load(sys.stdin)["data"][0]["files"]
lines = {os.path.relpath(os.path.realpath(f["filename"])): f["summary"]["lines"] for f in files}
low = 0
for name in wanted:
    share = lines[name]["percent"] if name in lines else 0.0
    low += share < limit
    print(f"{share:6.1f} %  {name}" + ("  <- below %d %%" % limit if share < limit else ""))
sys.exit(1 if low else 0)
' "$LIMIT" "${decoders[@]}"
