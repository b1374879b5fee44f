/* SPDX-License-Identifier: EUPL-1.2 */
#include "server/asking.h"
#include "server/command.h"

/* pegel roi: costs and benefits with all that they rest on, table by table. */

int command_roi(int argc, char **argv) {
    struct asking_words words = {.question.words = {.kpi = "roi", .section = "all"}};
    struct plan_words *plan = &words.question.words;
    const struct option options[] = {
        {"data", "DIR", "the data folder", &words.data, NULL},
        {"tenant", "ARS", "of this municipality; several separated by commas",
         &plan->filter[DIMENSION_TENANT], NULL},
        {"service", "KEY", "keep these services", &plan->filter[DIMENSION_SERVICE], NULL},
        {"assumptions", "FILE", "what cannot be measured; default: the tenant's, as configured",
         &words.assumptions, NULL},
        {"section", "WORDS",
         "tables to show: all (default), or some of years, services, volumes,\n"
         "scenarios, sensitivity, monte_carlo, distributions, plan_actual, assumptions",
         &plan->section, NULL},
        {"from", "TIME", "measure from here on: 2026-01-01 or RFC 3339", &plan->from, NULL},
        {"to", "TIME", "and before here", &plan->to, NULL},
        {"zone", "ZONE", "time zone of dates; default: the tenant's, else Europe/Berlin",
         &plan->zone, NULL},
        {"as-of", "TIME", "end of observation; default: now", &plan->as_of, NULL},
        {"config", "FILE", "configuration; default: DIR/pegel.json when there is one",
         &words.config, NULL},
        {"lang", "LANG", "language of names: de, en (default), tr, ar", &words.lang, NULL},
        {"format", "FORMAT",
         "table (default), json, csv of one section, or xlsx: a workbook with formulas,\n"
         "to standard output",
         &words.format, NULL}};
    const struct usage usage = {
        "pegel roi --data DIR [options]",
        "What a digital service costs and brings: total cost, net present value, payback, cases\n"
        "needed, scenarios and variants side by side, sensitivity, and plan against actual. JSON\n"
        "is exactly that of GET /v1/roi. docs/examples/roi-assumptions.json shows an assumptions\n"
        "file.",
        options, sizeof options / sizeof *options,
        "  pegel roi --data ./data --tenant 091620000000\n"
        "  pegel roi --data ./data --assumptions roi.json --section scenarios,sensitivity\n"
        "  pegel roi --data ./data --assumptions roi.json --section plan_actual --format csv"};
    int word_count;
    switch (options_parse(&usage, argc, argv, &word_count)) {
        case OPTIONS_HELP: return COMMAND_OK;
        case OPTIONS_MISUSE: return COMMAND_MISUSED;
        case OPTIONS_RUN: break;
    }
    if (word_count > 0) return options_misuse(&usage, "\"%s\" is one word too many", argv[1]);
    return asking_answer(&usage, &words);
}
