/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>

#include "server/asking.h"
#include "server/command.h"

/* pegel kpi: one KPI from the command line. */

static int list_kpis(enum language language) {
    for (unsigned kpi = 0; kpi < KPI_COUNT; kpi++) {
        const struct kpi_definition *definition = kpi_get((enum kpi_id)kpi);
        if (definition->listed)
            printf("%-22s%s\n", definition->id, definition->explanation[language]);
    }
    return COMMAND_OK;
}

static int understand(const struct usage *usage, struct asking_words *words, int word_count,
                      char **argv) {
    struct error err = {{0}};
    enum language language = LANGUAGE_EN;
    if (words->lang != NULL && question_language(words->lang, &language, &err) != STATUS_OK)
        return options_misuse(usage, "%s", err.text);
    if (word_count == 0) return list_kpis(language);
    if (word_count > 1) return options_misuse(usage, "\"%s\" is one word too many", argv[2]);
    if (words->data == NULL) return options_misuse(usage, "--data DIR says where the data lives");
    if (kpi_find(argv[1], strlen(argv[1])) == NULL)
        return options_misuse(usage, "there is no KPI \"%s\"; pegel kpi lists them", argv[1]);
    words->question.words.kpi = argv[1];
    return asking_answer(usage, words);
}

int command_kpi(int argc, char **argv) {
    struct asking_words words = {0};
    struct plan_words *plan = &words.question.words;
    const char **filter = plan->filter;
    const struct option options[] = {
        {"data", "DIR", "the data folder", &words.data, NULL},
        {"tenant", "ARS", "keep these municipalities; several separated by commas",
         &filter[DIMENSION_TENANT], NULL},
        {"service", "KEY", "keep these services", &filter[DIMENSION_SERVICE], NULL},
        {"office", "NAME", "keep these offices", &filter[DIMENSION_OFFICE], NULL},
        {"channel", "NAME", "keep these: online, app, phone, counter, mail, assisted, other",
         &filter[DIMENSION_CHANNEL], NULL},
        {"step", "NAME", "keep these form steps or activities", &filter[DIMENSION_STEP], NULL},
        {"filter-lang", "LANG", "keep citizens of these languages", &filter[DIMENSION_LANG], NULL},
        {"device", "NAME", "keep these: mobile, desktop, tablet, kiosk", &filter[DIMENSION_DEVICE],
         NULL},
        {"type", "NAME", "keep events of these types: case.received", &filter[DIMENSION_TYPE],
         NULL},
        {"country", "CODE", "keep page views from these countries: DE,FR",
         &filter[DIMENSION_COUNTRY], NULL},
        {"from", "TIME", "start of the interval: 2026-01-01 or RFC 3339", &plan->from, NULL},
        {"to", "TIME", "end of the interval, itself outside", &plan->to, NULL},
        {"by", "WORDS",
         "group by tenant, service, office, channel, step, lang, device, type, country\n"
         "and at most one of hour, day, week, month, quarter, year: --by service,month;\n"
         "or by weekday, hour_of_day or both, of all weeks together",
         &plan->by, NULL},
        {"view", "VIEW", "closing (what ended then; default) or intake (what began then)",
         &plan->view, NULL},
        {"purpose", "NAME",
         "whose journeys: case, attempt, appointment; of transitions, variants,\n"
         "activities (default: case) and end_to_end (default: attempt)",
         &plan->purpose, NULL},
        {"top", "N",
         "rows of transitions, variants, activities in each group; one more sums up the\n"
         "others; default: 50",
         &plan->top, NULL},
        {"within", "MINUTES", "what waiting_within counts as short; default: 15", &plan->within,
         NULL},
        {"clock", "CLOCK",
         "gross (default), working_days, office_hours, net (without the pauses in\n"
         "which the applicant had to act), applicant (these pauses) or touch (work)",
         &plan->clock, NULL},
        {"start", "EVENT", "when the clock starts: received (default) or complete", &plan->start,
         NULL},
        {"limit", "WORDS",
         "by when a case is to be done: 48h, 30d, 20wd (working days), 2w, 3m, 1y;\n"
         "also by service: KEY=20wd,3m; default: the configured ones, else 3m",
         &plan->limit, NULL},
        {"ages", "DAYS",
         "of decided_within: 7,14,30,60,90; working days or hours when the clock counts these",
         &plan->ages, NULL},
        {"known-from", "WORDS",
         "from when on all cases are known: 2024-01-01; also by municipality:\n"
         "ARS=2024-01-01,2023-07-01. Cases that were open then count from that day on",
         &plan->known_from, NULL},
        {"stat", "WORDS", "quantiles: p50,p90", &plan->stat, NULL},
        {"zone", "ZONE", "time zone of dates; default: the tenant's, else Europe/Berlin",
         &plan->zone, NULL},
        {"as-of", "TIME", "end of observation: from what was known then; default: now",
         &plan->as_of, NULL},
        {"against", "TIME",
         "an earlier moment: what has changed since, by late events, new units,\nfurther events "
         "and time",
         &plan->against, NULL},
        {"calendar", "WORDS",
         "what differs from the law: closed on 12-24 or 2026-02-16, open mo-th:08:00-15:00,\n"
         "each also for a place: 053150000000=2026-02-16",
         &plan->calendar, NULL},
        {"assumptions", "FILE", "prices and shares that roi and cost_per_transaction rest on",
         &words.assumptions, NULL},
        {"sentence", NULL, "one plain sentence instead, in the language of --lang", NULL,
         &words.sentence},
        {"period", "PERIOD",
         "what the sentence speaks of: 2026-10, 2026-Q4, 2026, 2026-W44 or\n"
         "2026-10-31; default: the last month that has ended and has data",
         &words.question.period, NULL},
        {"compare", "WORD", "with the period before (default), or the same a year ago: year",
         &words.question.compare, NULL},
        {"config", "FILE", "configuration; default: DIR/pegel.json when there is one",
         &words.config, NULL},
        {"lang", "LANG", "language of names: de, en (default), tr, ar", &words.lang, NULL},
        {"format", "FORMAT", "table (default), json, csv or xlsx (a workbook, to standard output)",
         &words.format, NULL}};
    const struct usage usage = {
        "pegel kpi ID --data DIR [options]",
        "Answers one KPI; without an ID, lists them all. While a server has the data open, the\n"
        "server is asked. JSON is exactly that of GET /v1/kpis/{id}; durations are seconds there.",
        options, sizeof options / sizeof *options,
        "  pegel kpi processing_time --data ./data --by service --stat p50,p90\n"
        "  pegel kpi no_show --data ./data --by office,month --from 2026-01-01 --format csv\n"
        "  pegel kpi processing_time --data ./data --sentence --period 2026-10 --lang de\n"
        "  pegel kpi roi --data ./data --tenant 091620000000 --assumptions roi.json"};
    int word_count;
    switch (options_parse(&usage, argc, argv, &word_count)) {
        case OPTIONS_HELP: return COMMAND_OK;
        case OPTIONS_MISUSE: return COMMAND_MISUSED;
        case OPTIONS_RUN: break;
    }
    return understand(&usage, &words, word_count, argv);
}
