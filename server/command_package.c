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

static enum status read_pilot(const char *pilot, struct arena *arena, const char **out,
                              struct error *err) {
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
    enum status status = read_pilot(documents->words->attached, &arena, &parts.pilot, err);
    if (status == STATUS_OK) status = open_key(documents, &key, err);
    if (status == STATUS_OK && definitions.failed)
        status = error_set(err, STATUS_NO_MEMORY, "the package: no memory");
    parts.definitions = definitions.bytes;
    if (status == STATUS_OK) status = package_write(&parts, key, out, err);
    signature_key_close(key);
    text_free(&definitions);
    arena_free(&arena);
    return status;
}

/* Of the package itself, whoever made it. Not among its bytes, where these go to standard output.
 */
static enum status say_key(const struct text *package, struct error *err) {
    struct archive archive;
    struct package_seal seal;
    TRY(package_read(package->bytes, package->size, &archive, &seal, err));
    fprintf(stderr, "signed; fingerprint of the key:\n%s\n", seal.fingerprint);
    return STATUS_OK;
}

int command_package(int argc, char **argv) {
    struct documents_words words = {.target = "/v1/package", .say = say_key};
    const struct option options[] = {
        DOCUMENTS_OPTIONS(words, "the package to write, a ZIP file; - is standard output"),
        {"pilot", "FILE", "the plan of a pilot (JSON), to go with it", &words.attached, NULL},
    };
    const struct usage usage = {
        "pegel package --data DIR --tenant ARS --from DAY --to DAY --out FILE [options]",
        "A report for a funder in one file: the report as PDF, the calculation as a workbook, all\n"
        "figures with the questions that gave them, assumptions, definitions, data quality,\n"
        "checksums and a signature. pegel verify-package checks it. While a server has the data "
        "open,\n"
        "the server is asked.",
        options, sizeof options / sizeof *options,
        "  pegel package --data ./data --tenant 091620000000 --from 2026-01-01 --to 2026-10-01 \\\n"
        "    --as-of 2026-10-05 --out package.zip\n"
        "  pegel verify-package package.zip --data ./data"};
    return documents_run(&usage, argc, argv, &words, write_package);
}
