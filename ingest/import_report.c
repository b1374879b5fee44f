/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/import_report.h"

void import_report_start(struct import_report *report) {
    if (report->file != NULL) (void)fputs("file,line,code,detail\r\n", report->file);
}

static void write_quoted(FILE *file, const char *text) {
    (void)fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"') (void)fputc('"', file);
        (void)fputc(*text, file);
    }
    (void)fputc('"', file);
}

/* Control characters of a file must not steer the operator's terminal. */
static void write_plain(FILE *terminal, const char *text) {
    for (; *text != '\0'; text++)
        (void)fputc((unsigned char)*text < 0x20 || *text == 0x7F ? '?' : *text, terminal);
}

static void wipe(struct import_report *report) {
    if (report->over_progress) (void)fputs("\r\033[K", report->terminal);
}

static void write_line(struct import_report *report, uint32_t line, const char *code,
                       const char *detail) {
    const char *path = report->path != NULL ? report->path : "";
    if (report->file != NULL) {
        write_quoted(report->file, path);
        (void)fprintf(report->file, ",%u,%s,", line, code);
        write_quoted(report->file, detail);
        (void)fputs("\r\n", report->file);
        return;
    }
    if (report->terminal == NULL || report->shown > report->shown_max) return;
    wipe(report);
    if (report->shown++ == report->shown_max) {
        (void)fprintf(report->terminal, "... and more; --rejects FILE writes all of them\n");
        return;
    }
    (void)fprintf(report->terminal, "%s:%u: %s: ", path, line, code);
    write_plain(report->terminal, detail);
    (void)fputc('\n', report->terminal);
}

void import_report_reject(struct import_report *report, uint32_t line, enum reject_code code,
                          const char *detail) {
    report->rejected++;
    report->by_code[code]++;
    write_line(report, line, reject_text(code), detail);
}

void import_report_outcome(struct import_report *report, uint32_t line, enum outcome outcome,
                           enum reject_code refusal) {
    switch (outcome) {
        case OUTCOME_ACCEPTED: report->accepted++; return;
        case OUTCOME_DUPLICATE: report->duplicate++; return;
        case OUTCOME_CONFLICT:
            report->conflict++;
            write_line(report, line, "conflict", "an event of this id is there with other content");
            return;
        case OUTCOME_PENDING: /* the engine says what it made of every row */
        case OUTCOME_REJECTED: import_report_reject(report, line, refusal, ""); return;
    }
}

void import_report_warning(struct import_report *report, uint32_t line, const char *code,
                           const char *detail) {
    report->warnings++;
    write_line(report, line, code, detail);
}

void import_report_note(struct import_report *report, const char *text) {
    if (report->terminal == NULL) return;
    wipe(report);
    (void)fprintf(report->terminal, "%s: %s\n", report->path, text);
}

void import_report_codes(const struct import_report *report, char *buffer, size_t size) {
    size_t used = 0;
    if (size > 0) buffer[0] = '\0';
    for (int code = REJECT_NONE + 1; code < REJECT_CODE_COUNT && used < size; code++) {
        if (report->by_code[code] == 0) continue;
        int written = snprintf(buffer + used, size - used, "%s%s %llu", used > 0 ? ", " : "",
                               reject_text((enum reject_code)code),
                               (unsigned long long)report->by_code[code]);
        used += written > 0 ? (size_t)written : 0;
    }
}
