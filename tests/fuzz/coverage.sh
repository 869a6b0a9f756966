#!/usr/bin/env bash
# coverage.sh BUILD: which share of each decoder's lines the committed corpora reach. Replays
# tests/fuzz/corpus/<name>/ through each fuzz target of BUILD, which was built with clang's coverage
# (./dev coverage does that), and prints a line for each file of decoders.txt. Several bodies may
# share a file: their coverage is added up. Exits with 1 when a file stays below 95 %, or when a
# body is not in decoders.txt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
BUILD=${1:?coverage.sh needs the directory of a build with coverage}
LIMIT=95

tool() { command -v "$1-19" || command -v "$1" || { echo "coverage: $1 is missing" >&2; exit 1; }; }
profdata=$(tool llvm-profdata)
cov=$(tool llvm-cov)

names=()
for body in tests/fuzz/*_body.hpp; do
  name=$(basename "$body" _body.hpp)
  grep -q "^$name:" tests/fuzz/decoders.txt || {
    echo "coverage: tests/fuzz/decoders.txt has no line for $name; name its decoder files there" >&2
    exit 1
  }
  names+=("$name")
done
profiles=$BUILD/profiles
rm -rf "$profiles"
mkdir -p "$profiles"
objects=()
for name in "${names[@]}"; do
  LLVM_PROFILE_FILE=$profiles/$name.profraw \
    "$BUILD/tests/fuzz/fuzz_$name" -runs=0 -artifact_prefix="$profiles/$name-" \
    "tests/fuzz/corpus/$name" \
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
