/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "dashboard/question.h"
#include "report/report.h"
#include "server/command.h"
#include "server/documents.h"

/* pegel report: the report of a municipality as PDF. */

static enum status write_report(const struct documents *documents, struct text *out,
                                struct error *err) {
    return report_document(&documents->report, out, err);
}

int command_report(int argc, char **argv) {
    struct documents_words words = {.target = "/v1/report"};
    const struct option options[] = {
        DOCUMENTS_OPTIONS(words, "the PDF to write; - is standard output"),
    };
    const struct usage usage = {
        "pegel report --data DIR --tenant ARS --from DAY --to DAY --out FILE [options]",
        "The report of a municipality for a period, as a PDF: what got better and what to watch,\n"
        "key figures with what they rest on, courses, costs and benefits, data quality,\n"
        "definitions. The same period as of the same moment has the same bytes. While a server\n"
        "has the data open, the server is asked.",
        options, sizeof options / sizeof *options,
        "  pegel report --data ./data --tenant 091620000000 --from 2026-01-01 --to 2026-10-01 \\\n"
        "    --lang de --out report.pdf"};
    return documents_run(&usage, argc, argv, &words, write_report);
}
