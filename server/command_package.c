/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "access/signature.h"
#include "base/json.h"
#include "dashboard/rendering.h"
#include "report/package.h"
#include "server/command.h"
#include "server/documents.h"
#include "server/place.h"
#include "server/whole_file.h"

/* pegel package: a report with all that it rests on, signed. */

enum { PILOT_BYTES_MAX = 1 << 20 };

static const char *pilot; /* path of a pilot's plan; one command a process */

static enum status read_pilot(struct arena *arena, const char **out, struct error *err) {
    struct json *document;
    char *bytes;
    size_t size;
    *out = NULL;
    if (pilot == NULL) return STATUS_OK;
    TRY(whole_file_read(pilot, PILOT_BYTES_MAX, arena, &bytes, &size, err));
    TRY(json_parse(bytes, size, &document, err));
    json_free(document);
    *out = bytes;
    return STATUS_OK;
}

static enum status open_key(const struct documents *documents, struct signature_key **out,
                            struct error *err) {
    char path[PLACE_PATH_BYTES_MAX];
    TRY(place_path(NULL, documents->words->data, PLACE_SIGNING_KEY, path, err));
    TRY(place_make_parent(path, err));
    return signature_key_open(path, true, out, err);
}

static void say_key(const struct signature_key *key) {
    char public_key[SIGNATURE_PUBLIC_TEXT_BYTES], fingerprint[SIGNATURE_FINGERPRINT_BYTES];
    signature_public(key, public_key);
    if (signature_fingerprint(public_key, fingerprint))
        printf("signed; fingerprint of the key:\n%s\n", fingerprint);
}

static enum status write_package(const struct documents *documents, struct text *out,
                                 struct error *err) {
    struct package_parts parts = {
        .report = &documents->report,
        .assumptions = dossier_assumptions(&documents->ask, &documents->config.settings)};
    struct arena arena;
    struct text definitions;
    struct signature_key *key = NULL;
    arena_init(&arena, PILOT_BYTES_MAX + (1 << 16));
    text_init(&definitions, RENDERING_BYTES_MAX);
    rendering_catalogue(&definitions);
    enum status status = read_pilot(&arena, &parts.pilot, err);
    if (status == STATUS_OK) status = open_key(documents, &key, err);
    if (status == STATUS_OK && definitions.failed)
        status = error_set(err, STATUS_NO_MEMORY, "the package: no memory");
    parts.definitions = definitions.bytes;
    parts.key = key;
    if (status == STATUS_OK) status = package_write(&parts, out, err);
    if (status == STATUS_OK) say_key(key);
    signature_key_close(key);
    text_free(&definitions);
    arena_free(&arena);
    return status;
}

int command_package(int argc, char **argv) {
    struct documents_words words = {.target = "/v1/package"};
    const struct option options[] = {
        DOCUMENTS_OPTIONS(words, "the package to write, a ZIP file"),
        {"pilot", "FILE", "the plan of a pilot (JSON), to go with it", &pilot, NULL},
    };
    const struct usage usage = {
        "pegel package --data DIR --tenant ARS --from DAY --to DAY --out FILE [options]",
        "A report for a funder in one file: the report as PDF, the calculation as a workbook, all\n"
        "figures with the questions that gave them, assumptions, definitions, data quality,\n"
        "checksums and a signature. pegel verify-package checks it.",
        options, sizeof options / sizeof *options,
        "  pegel package --data ./data --tenant 091620000000 --from 2026-01-01 --to 2026-10-01 \\\n"
        "    --as-of 2026-10-05 --out package.zip\n"
        "  pegel verify-package package.zip --data ./data"};
    return documents_run(&usage, argc, argv, &words, write_package);
}
