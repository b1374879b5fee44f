/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>

#include "finance/roi.h"
#include "query/answer.h"
#include "query/costing.h"
#include "query/fold.h"

/* cost per transaction. A transaction is a case with its first case.received in the period. */

/* Years that a row covers: of its bucket or period, or where there is none of the data. */
static double years_of(const struct fold_question *question, int64_t begin_ms, int64_t end_ms) {
    if (begin_ms == TIME_ABSENT) begin_ms = question->extent.oldest_ms;
    if (end_ms == INT64_MAX) end_ms = question->extent.newest_ms;
    if (end_ms > question->as_of_ms) end_ms = question->as_of_ms;
    if (begin_ms == TIME_ABSENT || end_ms <= begin_ms) return NAN;
    return (double)(end_ms - begin_ms) / COSTING_YEAR_MS;
}

/* ==== cost per transaction ===================================================================
 * Without assumptions: what was booked (cost.booked) / transactions. With an assumptions file: the
 * cost of each channel, minutes * hourly rate / 60 + material + fixed cost / volume, weighted by
 * its transactions; minutes are the mean of the cases that have any, else those assumed. Then
 * transactions without a channel (no_channel) and in channels of which nothing is known (no_cost)
 * are left out. Then the value is in the currency of the file; what was booked is in euros always.
 */

enum {
    COST_BOOKED,                                     /* value: costing_units */
    COST_TRANSACTION,                                /* + enum channel; without minutes */
    COST_MINUTES = COST_TRANSACTION + CHANNEL_COUNT, /* + enum channel; with minutes, the value */
    COST_CLASSES = COST_MINUTES + CHANNEL_COUNT
};

static void emit_costs(const struct fold_question *question, const struct fold_rows *rows,
                       struct facts *facts) {
    const int64_t *time = fold_times(rows, COLUMN_TIME);
    const double *value = fold_numbers(rows, COLUMN_VALUE);
    for (uint32_t row = 0; row < rows->count; row++) {
        if (time[row] > question->as_of_ms || !costing_is_booking(value[row])) continue;
        facts_put(facts, row, time[row], COST_BOOKED, costing_units(value[row]));
    }
}

static void emit_transactions(const struct fold_question *question, const struct fold_rows *rows,
                              struct facts *facts) {
    const int64_t *received = fold_times(rows, CASE_RECEIVED);
    const int64_t *minutes = fold_times(rows, CASE_MINUTES);
    const uint8_t *channel = fold_choices(rows, JOURNEY_CHANNEL);
    for (uint32_t row = 0; row < rows->count; row++) {
        const uint32_t class = minutes[row] > 0 ? COST_MINUTES : COST_TRANSACTION;
        facts_put(facts, row, fold_seen(question->as_of_ms, received[row]), class + channel[row],
                  minutes[row]);
    }
}

static uint64_t transactions_of(const struct fold_row *row, int channel) {
    return row->group->tally[COST_TRANSACTION + channel].count +
           row->group->tally[COST_MINUTES + channel].count;
}

static double minutes_mean(const struct fold_row *row, int channel) {
    const struct tally *minutes = &row->group->tally[COST_MINUTES + channel];
    if (minutes->count == 0) return NAN;
    return (double)minutes->amount / COSTING_MINUTE_UNITS / (double)minutes->count;
}

/* What the row's transactions cost by the assumptions. Those of which nothing is known leave n. */
struct modelled_cost {
    double total;
    uint64_t no_cost;
    bool assumed; /* the minutes of some channel are assumed */
};
static struct modelled_cost model_cost(const struct fold_row *row,
                                       const struct roi_assumptions *assumptions) {
    struct modelled_cost model = {0};
    double years = years_of(row->question, row->begin_ms, row->end_ms);
    for (int channel = CHANNEL_ABSENT + 1; channel < CHANNEL_COUNT; channel++) {
        uint64_t n = transactions_of(row, channel);
        if (n == 0) continue;
        struct roi_figure each = roi_channel_cost(assumptions, (enum channel)channel,
                                                  minutes_mean(row, channel), (double)n / years);
        if (isfinite(each.value))
            model.total += each.value * (double)n;
        else
            model.no_cost += n;
        model.assumed |= isfinite(each.value) && each.basis != ROI_MEASURED;
    }
    return model;
}

static void write_cost(struct fold_row *row, struct table *table) {
    const struct roi_assumptions *assumptions = row->question->plan->assumptions;
    const struct tally *booked = &row->group->tally[COST_BOOKED];
    uint64_t no_channel = transactions_of(row, CHANNEL_ABSENT);
    double booked_total = booked->count == 0 ? NAN : costing_euros(booked->amount);
    const char *currency = assumptions == NULL ? COSTING_CURRENCY : assumptions->currency;
    uint64_t all = row->n;
    struct modelled_cost model = {0};
    double value = row->n == 0 ? NAN : booked_total / (double)row->n;
    if (assumptions != NULL) {
        model = model_cost(row, assumptions);
        row->excluded += no_channel + model.no_cost;
        row->n -= no_channel + model.no_cost;
        value = row->n == 0 ? NAN : model.total / (double)row->n;
    }
    table_number(table, "value", currency, value);
    table_absent(table, "lo", currency);
    table_absent(table, "hi", currency);
    table_count(table, "transactions", all);
    table_number(table, "booked", COSTING_CURRENCY, booked_total);
    table_number(table, "booked_per_transaction", COSTING_CURRENCY,
                 all == 0 ? NAN : booked_total / (double)all);
    table_text(table, "basis",
               assumptions == NULL ? "booked" : (model.assumed ? "assumed" : "measured"));
    table_integer(table, "excluded_no_channel", "count",
                  assumptions == NULL ? 0 : (int64_t)no_channel);
    table_count(table, "excluded_no_cost", model.no_cost);
    if (!isfinite(value)) row->state = RESULT_NO_DATA;
}

static const struct fold_class cost_classes[COST_CLASSES] = {
    [COST_BOOKED] = {.keep = KEEP_SUM},
    [COST_TRANSACTION + CHANNEL_ABSENT] = {.role = ROLE_UNIT},
    [COST_MINUTES + CHANNEL_ABSENT] = {.role = ROLE_UNIT, .keep = KEEP_SUM},
#define X(name, text)                                          \
    [COST_TRANSACTION + CHANNEL_##name] = {.role = ROLE_UNIT}, \
                        [COST_MINUTES + CHANNEL_##name] = {.role = ROLE_UNIT, .keep = KEEP_SUM},
    CHANNEL_LIST(X)
#undef X
};

static const struct fold_source cost_sources[] = {
    {.purpose = PURPOSE_NONE,
     .types = TYPE_BIT(TYPE_COST_BOOKED),
     .columns = COLUMN_BIT(COLUMN_TIME) | COLUMN_BIT(COLUMN_VALUE),
     .lane_count = 1,
     .emit = emit_costs},
    {.purpose = PURPOSE_CASE,
     .columns = COLUMN_BIT(CASE_RECEIVED) | COLUMN_BIT(CASE_MINUTES) | COLUMN_BIT(JOURNEY_CHANNEL),
     .lane_count = 1,
     .emit = emit_transactions}};

const struct fold fold_cost_per_transaction = {.classes = cost_classes,
                                               .class_count = COST_CLASSES,
                                               .sources = cost_sources,
                                               .source_count = 2,
                                               .needs_extent = EXTENT_WITHOUT_PERIOD,
                                               .write = write_cost};
