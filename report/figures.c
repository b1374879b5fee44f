/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "report/report.h"

/* figures: what was asked and answered, as data. A line a question, so that two of them can be
 * compared without reading JSON, and answers stand as they came. */

const struct report_answer *report_answer_of(const struct report *report, enum report_role role) {
    for (uint32_t at = 0; at < report->answer_count; at++)
        if (report->answers[at].role == role) return &report->answers[at];
    return NULL;
}

const char *report_name_of(const struct report *report, const char *key) {
    for (uint32_t at = 0; at < report->name_count; at++)
        if (strcmp(report->names[at].key, key) == 0) return report->names[at].name;
    return key;
}

static void add(struct text *out, const char *before, const char *text) {
    text_add_string(out, before);
    text_add_json_string(out, text, strlen(text));
}

void report_figures(const struct report *report, struct text *out) {
    add(out, "{\"pegel\":", report->version);
    add(out, ",\"tenant\":", report->tenant);
    add(out, ",\"first_day\":", report->first_day);
    add(out, ",\"last_day\":", report->last_day);
    add(out, ",\"as_of\":", report->as_of);
    text_add_string(out, ",\"questions\":[\n");
    for (uint32_t at = 0; at < report->answer_count; at++) {
        add(out, "{\"question\":", report->answers[at].question);
        text_add_string(out, ",\"answer\":");
        text_add_string(out, report->answers[at].json);
        text_add_string(out, at + 1 < report->answer_count ? "},\n" : "}\n");
    }
    text_add_string(out, "]}\n");
}
