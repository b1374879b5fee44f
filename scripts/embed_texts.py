#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Writes the C file that holds what sentences are made of (story_texts of story/texts.h).

usage: embed_texts.py OUTPUT.c TEXTS_FOLDER

TEXTS_FOLDER has a file <language>.toml for each language. What is missing, misspelt or not known
stops the build here. The same input gives the same bytes.
"""

import pathlib
import sys
import tomllib

from embed_catalogue import LANGUAGES, c_string, check_holes, check_keys, fail, forms

PERIODS = ["day", "week", "month", "quarter", "year"]
UNITS = ["second", "minute", "hour", "day", "workday", "percent", "euro", "count", "of5",
         "percentage_point", "point"]
MANNERS = ["duration", "share", "count", "money", "score"]
CLAUSES = {
    "service": {"service"},
    "normal": set(),
    "open": {"open"},
    "provisional": set(),
    "incomplete": set(),
    "no_data": {"in", "name"},
    "suppressed": {"in", "name"},
    "unknown": {"in", "name"},
    "end": set(),
}
LISTS = {"months": 12, "quarters": 4}
MARKS = ["decimal", "group"]
DATE = {"day", "week", "month", "quarter", "year"}


def texts(path, where, table, keys, holes):
    """[KEY] = "text" for each of the keys, where `holes` tells of each which it may have."""
    check_keys(path, where, table, keys)
    lines = []
    for key in keys:
        if key not in table:
            fail(path, f"{where} has no {key}")
        check_holes(path, f"{where} {key}", table[key], holes(key))
        lines.append(c_string(table[key]))
    return "{" + ", ".join(lines) + "}"


def quantities(path, language, table, where):
    check_keys(path, where, table, UNITS)
    rows = []
    for unit in UNITS:
        if unit not in table:
            fail(path, f"{where} has no {unit}")
        rows.append(forms(path, f"{where} {unit}", language, table[unit], {"n"}))
    return "{" + ",\n        ".join(rows) + "}"


def changes(path, table, where):
    check_keys(path, where, table, ["any", *MANNERS])
    whole = {manner: table.get(manner, table.get("any")) for manner in MANNERS}
    return texts(path, where, whole, MANNERS, lambda key: {"delta", "than"})


def write_language(path, language):
    words = tomllib.loads(path.read_text(encoding="utf-8"))
    tables = ["in", "than", "quantity", "delta", "less", "more", "clause"]
    check_keys(path, "it", words, [*MARKS, *LISTS, *tables])
    for key in [*MARKS, *LISTS, *tables]:
        if key not in words and key != "delta":
            fail(path, f"it has no {key}")
    for key, count in LISTS.items():
        if len(words[key]) != count:
            fail(path, f"{key} are not {count}")
    clauses = {key: text for key, text in words["clause"].items() if key != "few"}
    delta = {**words["quantity"], **words.get("delta", {})}
    return [
        f"    [LANGUAGE_{language.upper()}] = {{",
        *(f"     .{mark} = {c_string(words[mark])}," for mark in MARKS),
        *(
            f"     .{key} = {{{', '.join(c_string(word) for word in words[key])}}},"
            for key in LISTS
        ),
        f"     .in = {texts(path, '[in]', words['in'], PERIODS, lambda key: DATE)},",
        "     .than = "
        + texts(path, "[than]", words["than"], [*PERIODS, "near", "week_year"], lambda key: DATE)
        + ",",
        f"     .quantity = {quantities(path, language, words['quantity'], '[quantity]')},",
        f"     .delta = {quantities(path, language, delta, '[delta]')},",
        f"     .less = {changes(path, words['less'], '[less]')},",
        f"     .more = {changes(path, words['more'], '[more]')},",
        f"     .clause = {texts(path, '[clause]', clauses, list(CLAUSES), CLAUSES.get)},",
        f"     .few = {forms(path, '[clause] few', language, words['clause'].get('few'), {'n'})},",
        "    },",
    ]


def main():
    output, folder = (pathlib.Path(argument) for argument in sys.argv[1:3])
    lines = [
        "/* SPDX-License-Identifier: EUPL-1.2 */",
        "/* Written by scripts/embed_texts.py; do not edit. */",
        '#include "story/texts.h"',
        "",
        "const struct story_texts story_texts[LANGUAGE_COUNT] = {",
    ]
    for language in LANGUAGES:
        lines += write_language(folder / f"{language}.toml", language)
    lines += ["};", ""]
    output.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
