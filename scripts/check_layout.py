#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Holds the rules of docs/ARCHITECTURE.md: who may include whom, which file may know which library,
which calls are banned, that every header compiles alone, that every file names its license, and that
the documents name only files that exist.
Prints each breach as file:line: sentence; exit status 1 when there is one."""
import concurrent.futures
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# folder -> folders it may include whole, and single headers it may include besides
MAY_INCLUDE = {
    "base": ([], []),
    "event": (["base"], []),
    "codec": (["base", "event"], []),
    "store": (["base", "event", "codec"], []),
    "stats": (["base"], []),
    "calendar": (["base"], []),
    "finance": (["base", "stats"], ["event/type.h"]),
    "query": (["base", "event", "stats", "calendar", "finance"], ["store/snapshot.h"]),
    "story": (
        ["base", "stats", "calendar"],
        ["event/column.h", "query/plan.h", "query/result.h", "query/kpi.h"],
    ),
    "engine": (
        ["base", "event", "query"],
        ["store/store.h", "store/check.h", "store/snapshot.h"],
    ),
    "pilot": (
        ["base", "event", "stats", "calendar"],
        ["engine/engine.h", "query/plan.h", "query/result.h", "query/kpi.h"],
    ),
    "access": (["base"], []),
    "net": (["base"], []),
    "sample": (["base", "event"], []),
    "ingest": (["base", "event", "net", "access"], ["engine/engine.h"]),
    "report": (
        ["base", "event", "stats", "finance", "access", "story"],
        ["engine/engine.h", "query/plan.h", "query/result.h", "query/kpi.h"],
    ),
    "dashboard": (
        ["base", "event", "pilot", "report", "net", "access"],
        ["engine/engine.h", "story/story.h", "query/plan.h", "query/result.h", "query/kpi.h"],
    ),
}
EVERYTHING = {"server", "tests", "benchmarks"}

# library header -> the files that may know it
LIBRARIES = {
    r"uv\.h": ["net/http_server.c"],
    r"curl/.*": ["net/http_client.c"],
    r"zstd.*": ["base/compression_zstd.c"],
    r"zlib\.h": ["base/compression_gzip.c"],
    r"(cjson/)?cJSON\.h": ["base/json.c"],
    r"sodium\.h": ["access/"],
    r"expat\.h": ["ingest/import_xes.c"],
    r"jemalloc/.*": ["base/memory.c"],
    r"xlsxwriter.*": ["report/book.c"],
    r"(cairo|pango).*": ["report/paper.c"],
}

# call -> (why not, files that may)
BANNED = {
    "strcpy": ("no bound: memcpy with a size", []),
    "strcat": ("no bound", []),
    "sprintf": ("no bound: snprintf", []),
    "vsprintf": ("no bound: vsnprintf", []),
    "gets": ("no bound", []),
    "strtok": ("hidden state", []),
    "atoi": ("no error: strtol", []),
    "rand": ("not reproducible: a seeded generator", []),
    "system": ("a shell", []),
    "alloca": ("unbounded stack", []),
    "malloc": ("base/memory.h", ["base/memory.c"]),
    "calloc": ("base/memory.h", ["base/memory.c"]),
    "realloc": ("base/memory.h", ["base/memory.c"]),
    "free": ("base/memory.h", ["base/memory.c"]),
    "gmtime": ("base/timestamp.h", []),
    "localtime": ("base/timezone.h", []),
}
# The store reaches the file system through one door.
STORE_BANNED = ["open", "fopen", "read", "write", "pread", "pwrite", "fsync", "fdatasync", "rename",
                "unlink", "mkdir", "mmap", "ftruncate"]

breaches = []


def breach(path, line, sentence):
    breaches.append(f"{path.relative_to(ROOT)}:{line}: {sentence}")


def strip_comments(text):
    """Comments and strings become blanks, so that line numbers stay."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)


def check_includes(path, folder, text):
    name = str(path.relative_to(ROOT))
    for number, line in enumerate(text.splitlines(), 1):
        system = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
        own = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if system:
            for pattern, files in LIBRARIES.items():
                if not re.fullmatch(pattern, system.group(1)):
                    continue
                if folder != "tests" and not any(name.startswith(f) for f in files):
                    breach(path, number, f"<{system.group(1)}> belongs to {', '.join(files)}")
        if not own or folder in EVERYTHING:
            continue
        target = own.group(1)
        folders, headers = MAY_INCLUDE[folder]
        if target.split("/")[0] in [folder, *folders] or target in headers:
            continue
        breach(path, number, f"{folder}/ may not include {target}")


def check_calls(path, folder, text):
    name = str(path.relative_to(ROOT))
    for number, line in enumerate(strip_comments(text).splitlines(), 1):
        for call in re.findall(r"(?<![\w.>])(\w+)\s*\(", line):
            if folder in ("tests", "benchmarks"):
                continue
            if call in BANNED and name not in BANNED[call][1]:
                breach(path, number, f"{call}: {BANNED[call][0]}")
            if folder == "store" and call in STORE_BANNED and name != "store/file_io.c":
                breach(path, number, f"{call}: only store/file_io.c touches files")


def check_header_alone(path):
    command = ["cc", "-std=gnu17" if "http_server" in path.name else "-std=c17", "-D_GNU_SOURCE",
               "-fsyntax-only", "-Wall", "-Wextra", "-I", str(ROOT), "-x", "c", str(path)]
    result = subprocess.run(command, capture_output=True, text=True)
    return path, result.stderr if result.returncode != 0 else ""


def check_document(path, folders):
    """Links, and names in backquotes that begin with one of our folders; those of code may lack
    their ending."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for link in re.findall(r"\]\(([^)#\s]+)", line):
            if "://" not in link and not (path.parent / link).exists():
                breach(path, number, f"{link} does not exist")
        for name in re.findall(r"`([\w.]+/[\w./-]*)`", line):
            there = [name, name + ".c", name + ".h"]
            if name.split("/")[0] in folders and not any((ROOT / n).exists() for n in there):
                breach(path, number, f"{name} does not exist")


def check_decisions():
    seen = {}
    for path in sorted((ROOT / "docs/decisions").glob("*.md")):
        number = path.name[:4]
        if f"\n# {number}: " not in path.read_text():
            breach(path, 1, f"its heading does not begin with {number}")
        if number in seen:
            breach(path, 1, f"{number} is {seen[number]} already")
        seen[number] = path.name


def source_files():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def main():
    files = source_files()
    code = [f for f in files if f.suffix in (".c", ".h")]
    for path in code:
        folder = path.relative_to(ROOT).parts[0]
        text = path.read_text()
        if folder not in MAY_INCLUDE and folder not in EVERYTHING:
            breach(path, 1, f"{folder}/ is not in docs/ARCHITECTURE.md")
            continue
        check_includes(path, folder, text)
        check_calls(path, folder, text)
    for path in files:
        if path.suffix in (".c", ".h", ".py", ".sh", ".ts", ".tsx", ".mjs", ".css",
                           ".md", ".toml"):
            head = path.read_text()[:400]
            if "SPDX-License-Identifier: EUPL-1.2" not in head:
                breach(path, 1, "no SPDX-License-Identifier: EUPL-1.2")
    folders = {f.relative_to(ROOT).parts[0] for f in files if f.parent != ROOT}
    for path in files:
        if path.suffix == ".md":
            check_document(path, folders)
    check_decisions()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for path, errors in pool.map(check_header_alone, [f for f in code if f.suffix == ".h"]):
            if errors:
                breach(path, 1, "does not compile alone: " + errors.splitlines()[0])
    for line in sorted(breaches):
        print(line)
    print(f"layout: {len(files)} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
