/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>
#include <stdio.h>

#include "server/command.h"
#include "server/options.h"
#include "store/check.h"

/* pegel check: reads everything that is stored and proves it. For operators, after a crash, a
 * restored backup, or once a month. */

struct listener {
    bool quiet;
};

static void say(void *context, bool fault, const char *text) {
    const struct listener *listener = context;
    if (fault)
        fprintf(stderr, "fault: %s\n", text);
    else if (!listener->quiet)
        printf("fine: %s\n", text);
}

static int check(const char *data, bool quiet) {
    struct listener listener = {quiet};
    struct check_report report = {.say = say, .context = &listener};
    struct error err = {{0}};
    const enum status status = store_check(data, NULL, &report, &err);
    if (status == STATUS_BUSY)
        fprintf(stderr, "pegel: another process works in %s; stop it first, or check a copy\n",
                data);
    else if (status != STATUS_OK)
        fprintf(stderr, "pegel: %s\n", err.text);
    if (status != STATUS_OK) return COMMAND_FAILED;
    printf("%" PRIu64 " events, %" PRIu64 " journeys, %" PRIu64 " faults\n", report.event_count,
           report.journey_count, report.faults);
    return report.faults == 0 ? COMMAND_OK : COMMAND_FAILED;
}

int command_check(int argc, char **argv) {
    const char *data = NULL;
    bool quiet = false;
    const struct option options[] = {
        {"data", "DIR", "the data folder; no server may have it open", &data, NULL},
        {"quiet", NULL, "only faults and the sum", NULL, &quiet}};
    const struct usage usage = {
        "pegel check --data DIR",
        "Verifies every checksum and invariant of the stored data. Ends with 0 when all is well,\n"
        "with 1 when there is a fault or the data cannot be read.",
        options, sizeof options / sizeof *options, "  pegel check --data ./data"};
    int word_count;
    switch (options_parse(&usage, argc, argv, &word_count)) {
        case OPTIONS_HELP: return COMMAND_OK;
        case OPTIONS_MISUSE: return COMMAND_MISUSED;
        case OPTIONS_RUN: break;
    }
    if (word_count > 0) return options_misuse(&usage, "\"%s\" is one word too many", argv[1]);
    if (data == NULL) return options_misuse(&usage, "--data DIR says where the data lives");
    return check(data, quiet);
}
