"""Makes assets.cpp: one self-contained page of page.html, page.css and the scripts, and the policy
that lets exactly these run, by their hashes."""

import base64
import hashlib
import pathlib
import sys

PIECE = 1000  # bytes of a string literal


def digest(text):
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def literal(text):
    """Adjacent string literals of C++; every byte that is not plain is an octal escape."""
    data = text.encode()
    lines = []
    for at in range(0, len(data), PIECE):
        plain = "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f"\\{byte:03o}"
                        for byte in data[at:at + PIECE])
        lines.append(f'    "{plain}"')
    return "\n".join(lines)


def main():
    output, page, style, *scripts = map(pathlib.Path, sys.argv[1:])
    css = style.read_text(encoding="utf-8")
    script = '"use strict";\n(() => {\n' + "".join(
        each.read_text(encoding="utf-8") for each in scripts) + "})();\n"
    whole = page.read_text(encoding="utf-8").replace("@STYLE@", css).replace("@SCRIPT@", script)
    head, rest = whole.split("@TABLES@")
    middle, end = rest.split("@DOCUMENT@")
    policy = (f"default-src 'none'; script-src 'sha256-{digest(script)}'; "
              f"style-src 'sha256-{digest(css)}'; connect-src 'self'; img-src data:; "
              "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
    parts = {"kPageHead": head, "kPageMiddle": middle, "kPageEnd": end, "kPagePolicy": policy}
    text = ('// Made by embed.py.\n#include "apps/hapair/web/assets.hpp"\n\n'
            "namespace hapair::web {\n")
    for name, value in parts.items():
        text += f"\nconst std::string_view {name} =\n{literal(value)};\n"
    output.write_text(text + "\n}  // namespace hapair::web\n", encoding="utf-8")


main()
