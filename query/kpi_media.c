/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/case_times.h"
#include "query/fold.h"

/* Media breaks. Of cases with E in the period (closing view of the processing time): how often a
 * case went from a digital channel to another or back, by the channels that its events name until
 * T, in their order. Digital: online, app and assisted; what came by `other` says nothing. A case
 * of which fewer than two events name a channel cannot show a break: one_channel. */

enum {
    MEDIA_WHOLE,
    MEDIA_BROKEN, /* amount: breaks */
    MEDIA_OPEN,
    MEDIA_OTHER_END,
    MEDIA_ONE_CHANNEL,
    MEDIA_CLASSES
};

#define DIGITAL (1u << CHANNEL_ONLINE | 1u << CHANNEL_APP | 1u << CHANNEL_ASSISTED)
#define SILENT  (1u << CHANNEL_ABSENT | 1u << CHANNEL_OTHER)

/* Breaks of a row's events, or -1: they name too few channels. */
static int64_t breaks_of(const struct trails *trails, uint32_t row) {
    if (trails == NULL || trails->column[COLUMN_CHANNEL] == NULL) return -1;
    const uint8_t *channel = (const uint8_t *)trails->column[COLUMN_CHANNEL] + trails->begin[row];
    int64_t breaks = 0;
    uint32_t named = 0;
    bool before = false;
    for (uint32_t i = 0; i < trails->count[row]; i++) {
        if ((SILENT >> channel[i] & 1) != 0) continue;
        const bool digital = (DIGITAL >> channel[i] & 1) != 0;
        breaks += named > 0 && digital != before;
        before = digital;
        named++;
    }
    return named < 2 ? -1 : breaks;
}

static void emit_media(const struct fold_question *question, const struct fold_rows *rows,
                       struct facts *facts) {
    const struct case_times times = case_times_of(rows);
    const int64_t as_of_ms = question->as_of_ms;
    for (uint32_t row = 0; row < rows->count; row++) {
        const int64_t end = close_or_put(as_of_ms, &times, row, MEDIA_OTHER_END, MEDIA_OPEN, facts);
        if (end == TIME_ABSENT) continue;
        const int64_t breaks = breaks_of(rows->trails, rows->begin + row);
        const int class = breaks < 0 ? MEDIA_ONE_CHANNEL : breaks > 0 ? MEDIA_BROKEN : MEDIA_WHOLE;
        facts_put(facts, row, end, (uint32_t) class, breaks);
    }
}

static void write_media(struct fold_row *row, struct table *table) {
    const struct tally *broken = &row->group->tally[MEDIA_BROKEN];
    fold_write_share(table, broken->count, row->n);
    table_count(table, "broken", broken->count);
    table_integer(table, "breaks", "count", broken->amount);
    fold_write_ratio(table, "breaks_per_case", (double)broken->amount, (double)row->n);
}

static const struct fold_class media_classes[MEDIA_CLASSES] = {
    [MEDIA_WHOLE] = {.role = ROLE_UNIT},
    [MEDIA_BROKEN] = {.role = ROLE_UNIT, .keep = KEEP_SUM},
    [MEDIA_OPEN] = {.role = ROLE_OPEN, .span = SPAN_STOCK},
    [MEDIA_OTHER_END] = {.name = "excluded_other_end", .role = ROLE_EXCLUDED},
    [MEDIA_ONE_CHANNEL] = {.name = "excluded_one_channel", .role = ROLE_EXCLUDED}};

static const struct fold_source media_source[] = {
    {.purpose = PURPOSE_CASE,
     .columns = CASE_TIMES_COLUMNS | COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(JOURNEY_LAST),
     .tell_columns = COLUMN_BIT(COLUMN_TIME) | COLUMN_BIT(COLUMN_CHANNEL),
     .lane_count = 1,
     .emit = emit_media}};

const struct fold fold_media_breaks = {.classes = media_classes,
                                       .class_count = MEDIA_CLASSES,
                                       .sources = media_source,
                                       .source_count = 1,
                                       .write = write_media};
