#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Writes the C file that holds the pages and the API's description (dashboard/asset.h).

usage: embed_assets.py OUTPUT.c OPENAPI.json DIST_FOLDER

DIST_FOLDER is what the build of dashboard/web made; when it is absent, "/" is a page that says how to
make it. The same input gives the same bytes.
"""

import gzip
import hashlib
import pathlib
import re
import sys

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
COMPRESSED_ALREADY = {".ico", ".png", ".woff", ".woff2"}
# Vite puts files whose names carry a hash of their content here.
HASHED = re.compile(r"^/assets/.+-[A-Za-z0-9_-]{8}\.[a-z0-9]+$")

NO_PAGES = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Pegel</title>
<h1>Pegel is running</h1>
<p>This build answers the API but holds no pages. To add them:</p>
<pre>cd dashboard/web
npm ci
npm run build
cd ../..
cmake --build build/release</pre>
<p>Then start <code>pegel serve</code> again. Meanwhile:
<a href="/v1/kpis">the catalogue of KPIs</a>,
<a href="/v1/status">the state of the server</a>,
<a href="/openapi.json">the description of the API</a>.</p>
</html>
"""


def collect(openapi, dist):
    """{path: bytes} of everything that is served."""
    files = {"/openapi.json": openapi.read_bytes()}
    if (dist / "index.html").is_file():
        for file in dist.rglob("*"):
            if file.is_file():
                files["/" + file.relative_to(dist).as_posix()] = file.read_bytes()
    else:
        files["/index.html"] = NO_PAGES.encode()
    return files


def array(name, data):
    """A static array of the bytes."""
    lines = [f"static const unsigned char {name}[] = {{"]
    for at in range(0, len(data), 24):
        lines.append(",".join(str(byte) for byte in data[at : at + 24]) + ",")
    lines.append("};" if data else "0};")
    return "\n".join(lines)


def main():
    output, openapi, dist = (pathlib.Path(argument) for argument in sys.argv[1:4])
    arrays, rows = [], []
    # Sorted by bytes: asset_find compares with strcmp.
    for number, (path, data) in enumerate(
        sorted(collect(openapi, dist).items(), key=lambda item: item[0].encode())
    ):
        suffix = pathlib.PurePosixPath(path).suffix
        if suffix not in TYPES:
            sys.exit(f"embed_assets.py: no content type is known for {path}")
        if '"' in path or "\\" in path:
            sys.exit(f"embed_assets.py: {path} has characters that no asset may have")
        packed = gzip.compress(data, 9, mtime=0) if suffix not in COMPRESSED_ALREADY else data
        use_gzip = len(packed) < len(data) * 9 // 10
        tag = hashlib.sha256(data).hexdigest()[:24]
        arrays.append(array(f"plain_{number}", data))
        if use_gzip:
            arrays.append(array(f"gzip_{number}", packed))
        gzip_cells = f"gzip_{number}, sizeof gzip_{number}" if use_gzip else "NULL, 0"
        immutable = "true" if HASHED.match(path) else "false"
        rows.append(
            f'    {{"{path}", "{TYPES[suffix]}", "\\"{tag}\\"", "\\"{tag}-gzip\\"", '
            f"plain_{number}, {len(data)}, {gzip_cells}, {immutable}}},"
        )
    text = "\n".join(
        [
            "/* SPDX-License-Identifier: EUPL-1.2 */",
            "/* Written by scripts/embed_assets.py; do not edit. */",
            '#include "dashboard/asset.h"',
            "",
            *arrays,
            "",
            "const struct asset asset_list[] = {",
            *rows,
            "};",
            "const size_t asset_count = sizeof asset_list / sizeof *asset_list;",
            "",
        ]
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text)


if __name__ == "__main__":
    main()
