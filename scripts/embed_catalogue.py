#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Writes the C file that holds the catalogue of KPIs (kpi_catalogue of query/kpi.h).

usage: embed_catalogue.py OUTPUT.c CATALOGUE_FOLDER

CATALOGUE_FOLDER has a file <id>.toml for each KPI of KPI_LIST, and shared.toml with what several of
them share. Whatever is missing, misspelt or not known stops the build here, so nothing is left to
fail when the program runs. docs/KPIS.md tells what the keys mean. The same input gives the same
bytes.
"""

import pathlib
import re
import sys
import tomllib

LANGUAGES = ["de", "en", "tr", "ar"]
TEXTS = ["name", "explanation", "population", "formula", "exclusions"]
EXACT = TEXTS[2:]  # a language may leave them out: then they are the English ones
SENTENCES = {"sentence": {"in", "value"}, "open": {"n"}}  # with the holes that each may have
DIRECTIONS = {"lower": "LOWER_IS_BETTER", "higher": "HIGHER_IS_BETTER", "neutral": "NEUTRAL"}
SETS = {
    "views": ("VIEW", ["closing", "intake"]),
    "clocks": (
        "CLOCK",
        ["gross", "working_days", "office_hours", "net", "applicant", "touch"],
    ),
    "purposes": ("PURPOSE", ["attempt", "case", "appointment"]),
    "dimensions": (
        "DIMENSION",
        ["tenant", "service", "office", "channel", "step", "lang", "device", "type", "country"],
    ),
}
FLAGS = {  # with what holds when it is not said
    "buckets": None,
    "recurring": False,
    "flow": False,
    "calendar": False,
    "deadline": False,
    "starts": False,
    "within": False,
    "ages": False,
    "censors": False,
    "top": False,
    "listed": True,
}
PLURALS = ["zero", "one", "two", "few", "many", "other"]  # of CLDR, as in enum plural
# The forms of a text that depends on a number; "zero" it may have in every language.
FORMS = {
    "de": {"one", "other"},
    "en": {"one", "other"},
    "tr": {"other"},
    "ar": {"zero", "one", "two", "few", "many", "other"},
}


def fail(path, sentence):
    sys.exit(f"embed_catalogue.py: {path.name}: {sentence}")


def check_keys(path, where, table, known):
    for key in table:
        if key not in known:
            fail(path, f"{where} has {key}, which is none of {', '.join(known)}")


def prose(path, where, text, shared):
    """One line, with what is shared put in."""
    if not isinstance(text, str) or not text.strip():
        fail(path, f"{where} is not a text")

    def put_in(match):
        if match.group(1) not in shared:
            fail(path, f"{where} speaks of {match.group()}, which shared.toml does not have")
        return shared[match.group(1)]

    return " ".join(re.sub(r"\{([a-z_]+)\}", put_in, text).split())


def c_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?") + '"'


def forms(path, where, language, text, holes):
    """The text for each of PLURALS as C; a text without forms is the same for all."""
    text = {"other": text} if isinstance(text, str) else text
    number = {form for form in text if form not in ("zero", "other")}
    # Either the number changes nothing but zero, or every form of the language is there.
    if "other" not in text or (number and set(text) | {"zero"} != FORMS[language] | {"zero"}):
        fail(path, f"{where} needs the forms {', '.join(sorted(FORMS[language]))}")
    for form in text.values():
        check_holes(path, where, form, holes)
    return "{" + ", ".join(c_string(text.get(form, text["other"])) for form in PLURALS) + "}"


def check_holes(path, where, text, holes):
    if not isinstance(text, str):
        fail(path, f"{where} is not a text")
    for hole in re.findall(r"\{([^}]*)\}", text):
        if hole not in holes:
            fail(path, f"{where} has {{{hole}}}, but may only have {', '.join(sorted(holes))}")


def write_sentences(path, definition):
    """A KPI has a sentence in all languages or in none."""
    lines = []
    for key, holes in SENTENCES.items():
        having = [language for language in LANGUAGES if key in definition[language]]
        if having and having != LANGUAGES:
            fail(path, f"{key} is not there in all languages")
        if not having:
            continue
        lines.append(f"     .{key} = {{")
        for language in LANGUAGES:
            rows = forms(path, f"[{language}] {key}", language, definition[language][key], holes)
            lines.append(f"         [LANGUAGE_{language.upper()}] = {rows},")
        lines.append("     },")
    return lines


def bits(path, key, definition, groups):
    prefix, known = SETS[key]
    members = []
    for word in definition.get(key, []):
        members += groups.get(word, [word]) if key == "dimensions" else [word]
    for word in members:
        if word not in known:
            fail(path, f"{key}: {word} is none of {', '.join(known)}")
    return " | ".join(f"1u << {prefix}_{word.upper()}" for word in members) or "0"


def write_texts(path, definition, shared):
    lines = []
    for text in TEXTS:
        lines.append(f"     .{text} = {{")
        for language in LANGUAGES:
            source = language
            if text in EXACT and text not in definition[language]:
                source = "en"
            if text not in definition[source]:
                fail(path, f"[{source}] has no {text}")
            line = prose(path, f"[{source}] {text}", definition[source][text],
                         shared.get(source, {}))
            lines.append(f"         [LANGUAGE_{language.upper()}] = {c_string(line)},")
        lines.append("     },")
    return lines


def write_definition(path, shared):
    definition = tomllib.loads(path.read_text(encoding="utf-8"))
    known = ["version", "unit", "direction", *SETS, *FLAGS, *LANGUAGES]
    check_keys(path, "it", definition, known)
    for language in LANGUAGES:
        if language not in definition:
            fail(path, f"it has no [{language}]")
        check_keys(path, f"[{language}]", definition[language], [*TEXTS, *SENTENCES])
    if not isinstance(definition.get("version"), int) or definition["version"] < 1:
        fail(path, "version is not a number from 1 on")
    if definition.get("direction") not in DIRECTIONS:
        fail(path, f"direction is none of {', '.join(DIRECTIONS)}")
    lines = [
        f"    [KPI_{path.stem.upper()}] = {{",
        f"     .kpi = KPI_{path.stem.upper()},",
        f"     .id = {c_string(path.stem)},",
        f"     .version = {definition['version']},",
        f"     .unit = {c_string(prose(path, 'unit', definition.get('unit'), {}))},",
        f"     .direction = KPI_{DIRECTIONS[definition['direction']]},",
        *write_texts(path, definition, shared),
        *write_sentences(path, definition),
    ]
    for key in SETS:
        lines.append(f"     .{key} = {bits(path, key, definition, shared.get('dimensions', {}))},")
    purpose = definition.get("purposes", ["none"])[0]
    lines.append(f"     .purpose = PURPOSE_{purpose.upper()},")
    for key, default in FLAGS.items():
        value = definition.get(key, default)
        if not isinstance(value, bool):
            fail(path, f"{key} is neither true nor false")
        lines.append(f"     .{key} = {str(value).lower()},")
    return [*lines, "    },"]


def main():
    output, folder = (pathlib.Path(argument) for argument in sys.argv[1:3])
    shared_path = folder / "shared.toml"
    shared = tomllib.loads(shared_path.read_text(encoding="utf-8"))
    check_keys(shared_path, "it", shared, ["dimensions", *LANGUAGES])
    paths = sorted(path for path in folder.glob("*.toml") if path != shared_path)
    lines = [
        "/* SPDX-License-Identifier: EUPL-1.2 */",
        "/* Written by scripts/embed_catalogue.py; do not edit. */",
        '#include "query/kpi.h"',
        '#include "query/plan.h"',
        "",
        f'_Static_assert(KPI_COUNT == {len(paths)}, "each KPI of KPI_LIST has its file");',
        "",
        "const struct kpi_definition kpi_catalogue[KPI_COUNT] = {",
    ]
    for path in paths:
        lines += write_definition(path, shared)
    lines += ["};", ""]
    output.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
