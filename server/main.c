/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>

#include "server/command.h"

static const struct {
    const char *word;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"serve", command_serve, "receive events and answer with KPIs and pages, over HTTP"},
    {"import", command_import, "read events from NDJSON, CSV and XES files"},
    {"export", command_export, "write events to a file for other programs: XES or NDJSON"},
    {"kpi", command_kpi, "answer one KPI in the terminal, as JSON or as CSV"},
    {"roi", command_roi,
     "what a service costs and brings: scenarios, sensitivity, plan and actual"},
    {"pilot", command_pilot, "freeze the plan of a pilot, and judge the pilot by it"},
    {"zsk", command_zsk, "monthly transactions by municipality and service, with corrections"},
    {"report", command_report, "write the report of a municipality as PDF"},
    {"package", command_package, "write a report with all that it rests on, signed"},
    {"verify-package", command_verify_package,
     "check such a package, alone or against the stored data"},
    {"sample", command_sample, "write the events of a sample town"},
    {"check", command_check, "verify every checksum and invariant of the stored data"},
    {"compact", command_compact, "merge all that is stored to one segment"},
    {"token", command_token, "create, list and revoke the tokens of sources"},
    {NULL, NULL, NULL}};

static void print_help(void) {
    puts(
        "Pegel measures how well public services work: how long they take, where people\n"
        "give up, who is kept waiting, and what an improvement was worth.\n\n"
        "usage: pegel COMMAND [options]        pegel COMMAND --help tells more\n\ncommands:");
    for (size_t at = 0; commands[at].word != NULL; at++)
        printf("  %-14s %s\n", commands[at].word, commands[at].summary);
    puts(
        "\n  pegel --version   version of this program\n\n"
        "A first look at a sample town:\n"
        "  pegel sample --out town\n"
        "  pegel import --data data --config town/config.json town/events.ndjson\n"
        "  pegel serve --data data --config town/config.json");
}

int main(int argc, char **argv) {
    if (argc < 2) {
        print_help();
        return COMMAND_MISUSED;
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        print_help();
        return COMMAND_OK;
    }
    if (strcmp(word, "--version") == 0) {
        puts("pegel " PEGEL_VERSION);
        return COMMAND_OK;
    }
    for (size_t at = 0; commands[at].word != NULL; at++)
        if (strcmp(word, commands[at].word) == 0) return commands[at].run(argc - 1, argv + 1);
    fprintf(stderr, "pegel: there is no command \"%s\"; pegel --help lists them\n", word);
    return COMMAND_MISUSED;
}
