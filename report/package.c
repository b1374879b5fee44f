/* SPDX-License-Identifier: EUPL-1.2 */
#include "report/package.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "report/workbook.h"

/* --- the files --- */

static bool tells_quality(const char *column) {
    static const char *const names[] = {"n", "open", "coverage", "late_share"};
    for (unsigned at = 0; at < sizeof names / sizeof *names; at++)
        if (strcmp(column, names[at]) == 0) return true;
    return strncmp(column, "excluded_", strlen("excluded_")) == 0;
}

static void write_quality_of(const struct report_answer *answer, struct text *out) {
    const struct result *result = answer->result;
    text_add_string(out, "{\"definition\":");
    text_add_json_string(out, result->definition->id, strlen(result->definition->id));
    for (uint32_t column = 0; column < result->column_count && result->row_count > 0; column++) {
        if (!tells_quality(result->columns[column].name)) continue;
        text_add_format(out, ",\"%s\":", result->columns[column].name);
        text_add_json_number(out, cell_number(&result->cells[column]));
    }
    text_add_format(out, ",\"state\":\"%s\"}", result_state_text(result->state));
}

/* Of each key figure, what it rests on. Where events come from is in the figures (inventory). */
static void write_quality(const struct report *report, struct text *out) {
    bool first = true;
    text_add_string(out, "{\"as_of\":");
    text_add_json_string(out, report->as_of, strlen(report->as_of));
    text_add_string(out, ",\"figures\":[\n");
    for (uint32_t at = 0; at < report->answer_count; at++) {
        if (report->answers[at].role != REPORT_TOTAL) continue;
        if (!first) text_add_string(out, ",\n");
        first = false;
        write_quality_of(&report->answers[at], out);
    }
    text_add_string(out, "\n]}\n");
}

static void write_manifest(const struct archive *archive, struct text *out) {
    for (uint32_t at = 0; at < archive->count; at++) {
        char hash[SHA256_TEXT_BYTES];
        sha256_text(archive->files[at].bytes, archive->files[at].size, hash);
        text_add_format(out, "%s  %s\n", hash, archive->files[at].name);
    }
}

static void write_signature(const struct signature_key *key, const struct text *manifest,
                            struct text *out) {
    char public_key[SIGNATURE_PUBLIC_TEXT_BYTES], signature[SIGNATURE_TEXT_BYTES];
    signature_public(key, public_key);
    signature_sign(key, manifest->bytes, manifest->size, signature);
    text_add_format(out, "ed25519 %s %s\n", public_key, signature);
}

enum { DOCUMENT, WORKBOOK, FIGURES, QUALITY };

static enum status make_files(const struct package_parts *parts, struct package_files *out,
                              struct error *err) {
    const struct report *report = parts->report;
    const struct report_answer *money = report_answer_of(report, REPORT_MONEY);
    struct archive *archive = &out->archive;
    struct text *texts = out->texts;
    TRY(report_document(report, &texts[DOCUMENT], err));
    archive_add(archive, PACKAGE_REPORT, texts[DOCUMENT].bytes, texts[DOCUMENT].size);
    if (money != NULL) {
        TRY(workbook_write(money->plan, money->result, report->language, &texts[WORKBOOK], err));
        archive_add(archive, PACKAGE_WORKBOOK, texts[WORKBOOK].bytes, texts[WORKBOOK].size);
    }
    report_figures(report, &texts[FIGURES]);
    write_quality(report, &texts[QUALITY]);
    archive_add(archive, PACKAGE_FIGURES, texts[FIGURES].bytes, texts[FIGURES].size);
    archive_add(archive, PACKAGE_QUALITY, texts[QUALITY].bytes, texts[QUALITY].size);
    archive_add(archive, PACKAGE_DEFINITIONS, parts->definitions, strlen(parts->definitions));
    if (parts->assumptions != NULL)
        archive_add(archive, PACKAGE_ASSUMPTIONS, parts->assumptions, strlen(parts->assumptions));
    if (parts->pilot != NULL)
        archive_add(archive, PACKAGE_PILOT, parts->pilot, strlen(parts->pilot));
    bool failed = false;
    for (int at = 0; at < PACKAGE_TEXTS; at++) failed |= texts[at].failed;
    return failed ? error_set(err, STATUS_NO_MEMORY, "the package is too large") : STATUS_OK;
}

enum status package_files_make(const struct package_parts *parts, struct package_files *out,
                               struct error *err) {
    *out = (struct package_files){.archive = {.time_ms = parts->report->as_of_ms}};
    for (int at = 0; at < PACKAGE_TEXTS; at++) text_init(&out->texts[at], REPORT_BYTES_MAX);
    return make_files(parts, out, err);
}

void package_files_free(struct package_files *files) {
    for (int at = 0; at < PACKAGE_TEXTS; at++) text_free(&files->texts[at]);
}

static void write_sealed(struct archive *archive, const struct signature_key *key,
                         struct text *out) {
    struct text manifest, signature;
    text_init(&manifest, REPORT_BYTES_MAX);
    text_init(&signature, REPORT_BYTES_MAX);
    write_manifest(archive, &manifest);
    write_signature(key, &manifest, &signature);
    archive_add(archive, PACKAGE_MANIFEST, manifest.bytes, manifest.size);
    archive_add(archive, PACKAGE_SIGNATURE, signature.bytes, signature.size);
    out->failed |= manifest.failed || signature.failed;
    if (!out->failed) archive_write(archive, out);
    text_free(&manifest);
    text_free(&signature);
}

enum status package_write(const struct package_parts *parts, const struct signature_key *key,
                          struct text *out, struct error *err) {
    struct package_files files;
    enum status status = package_files_make(parts, &files, err);
    if (status == STATUS_OK) {
        write_sealed(&files.archive, key, out);
        if (out->failed) status = error_set(err, STATUS_NO_MEMORY, "the package is too large");
    }
    package_files_free(&files);
    return status;
}

/* --- checking --- */

static enum status check_seal(const struct archive *archive, struct package_seal *seal,
                              struct error *err) {
    const struct archive_file *manifest = archive_find(archive, PACKAGE_MANIFEST);
    const struct archive_file *sealed = archive_find(archive, PACKAGE_SIGNATURE);
    char line[SIGNATURE_PUBLIC_TEXT_BYTES + SIGNATURE_TEXT_BYTES + 16], rebuilt[sizeof line];
    char signature[SIGNATURE_TEXT_BYTES];
    if (manifest == NULL || sealed == NULL)
        return error_set(err, STATUS_CORRUPT, "%s is missing",
                         manifest == NULL ? PACKAGE_MANIFEST : PACKAGE_SIGNATURE);
    snprintf(line, sizeof line, "%.*s", (int)(sealed->size < sizeof line ? sealed->size : 0),
             sealed->bytes);
    if (sscanf(line, "ed25519 %64[0-9a-f] %128[0-9a-f]", seal->public_key, signature) != 2)
        return error_set(err, STATUS_CORRUPT, PACKAGE_SIGNATURE " is no signature");
    snprintf(rebuilt, sizeof rebuilt, "ed25519 %s %s\n", seal->public_key, signature);
    if (strlen(rebuilt) != sealed->size || memcmp(rebuilt, sealed->bytes, sealed->size) != 0 ||
        !signature_fingerprint(seal->public_key, seal->fingerprint))
        return error_set(err, STATUS_CORRUPT, PACKAGE_SIGNATURE " is no signature");
    if (signature_verify(seal->public_key, signature, manifest->bytes, manifest->size))
        return STATUS_OK;
    return error_set(err, STATUS_CORRUPT,
                     PACKAGE_MANIFEST " is not what was signed, or " PACKAGE_SIGNATURE
                                      " is not its signature");
}

/* The manifest lists every file but itself and its signature, in order. */
static enum status check_manifest(const struct archive *archive, struct error *err) {
    const struct archive_file *manifest = archive_find(archive, PACKAGE_MANIFEST);
    size_t at = 0;
    uint32_t file = 0;
    for (; at < manifest->size && file + 2 < archive->count; file++) {
        char line[SHA256_TEXT_BYTES + ARCHIVE_NAME_BYTES_MAX + 4], hash[SHA256_TEXT_BYTES];
        sha256_text(archive->files[file].bytes, archive->files[file].size, hash);
        const int size = snprintf(line, sizeof line, "%s  %s\n", hash, archive->files[file].name);
        if (manifest->size - at < (size_t)size ||
            memcmp(manifest->bytes + at, line, (size_t)size) != 0)
            return error_set(err, STATUS_CORRUPT, "%s is not as " PACKAGE_MANIFEST " says",
                             archive->files[file].name);
        at += (size_t)size;
    }
    if (at == manifest->size && file + 2 == archive->count) return STATUS_OK;
    return error_set(err, STATUS_CORRUPT, "files and " PACKAGE_MANIFEST " do not match");
}

enum status package_read(const char *bytes, size_t size, struct archive *out,
                         struct package_seal *seal, struct error *err) {
    *seal = (struct package_seal){{0}, {0}};
    TRY(archive_read(bytes, size, out, err));
    TRY(check_seal(out, seal, err));
    return check_manifest(out, err);
}
