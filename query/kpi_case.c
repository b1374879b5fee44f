/* SPDX-License-Identifier: EUPL-1.2 */
#include <assert.h>
#include <math.h>

#include "calendar/calendar.h"
#include "query/case_times.h"
#include "query/fold.h"

/* KPIs of cases: throughput, backlog, rework, digital take-up. */

/* ==== throughput and backlog =================================================================
 * A case is in stock from A until its first end of any kind (decided, delivered, closed, withdrawn,
 * forwarded, rejected), and again from its first reopening until its last end. A reopening before
 * the first end opens nothing. Cases without A, or with an end before A, are left out.
 * B = #in stock just before the end of the bucket (or period), so that always
 *   B(end) = B(begin) + in + reopened - out.
 * Age: working days since A, as for the processing time. A stock changes its age class at
 * midnights, which the calendar knows; so ages are stocks of their own, entered and left at these
 * moments. */

#define DAY_MS INT64_C(86400000)
enum { AGE_BINS = 5, REACH_DAYS = 20 };
/* Working days at which a case leaves for the next bin: 0-5, 6-10, 11-20, 21-60, over 60. */
static const int64_t age_bin_end[AGE_BINS - 1] = {6, 11, 21, 61};

/* Every case enters its first age bin, and leaves the one that it has got to. The stock of a bin is
 * what entered it less what left it, from the beginning of all data. */
enum {
    STOCK_IN,                                     /* into bin 0 */
    STOCK_REOPENED,                               /* + bin that it comes back to */
    STOCK_OUT = STOCK_REOPENED + AGE_BINS,        /* + bin that it leaves from */
    STOCK_AGED = STOCK_OUT + AGE_BINS,            /* + bin that it left for the next one */
    STOCK_RECENT_END = STOCK_AGED + AGE_BINS - 1, /* an out, REACH_DAYS working days later */
    STOCK_NO_START,
    STOCK_END_BEFORE_START,
    STOCK_CLASSES
};

/* Lanes: of both stays their begin, their end and the end of its pace; then the ages. */
enum { STOCK_BEGIN, STOCK_END = 2, STOCK_PACE_END = 4, STOCK_AGES = 6, STOCK_LANES = 10 };
static_assert(STOCK_AGES + AGE_BINS - 1 == STOCK_LANES, "a lane per step of age");

#define STOCK_COLUMNS (CASE_TIMES_COLUMNS | COLUMN_BIT(CASE_REOPENED) | COLUMN_BIT(CASE_END_LAST))

/* Days of a calendar are nearly of one length and working days nearly five of seven: so a guess by
 * division is a few days off at most, and both look-ups take a few steps. */

/* The day after that of a moment, as an index into the calendar. */
static int64_t day_after(const struct calendar *calendar, int64_t time_ms) {
    const int64_t *start = calendar->day_start_ms;
    int64_t count = calendar->day_count;
    if (time_ms < start[0]) return 0;
    if (time_ms >= start[count]) return count;
    int64_t day = (time_ms - start[0]) / DAY_MS;
    if (day >= count) day = count - 1;
    while (start[day] > time_ms) day--;
    while (start[day + 1] <= time_ms) day++;
    return day + 1;
}

/* The midnight that begins the day on which `days` working days are reached, counted from the day
 * before day `after`; INT64_MAX past the calendar's end. */
static int64_t working_day_begin(const struct calendar *calendar, enum region region, int64_t after,
                                 int64_t days) {
    const uint32_t *working = calendar->working[region]; /* [d + 1]: those up to and with day d */
    int64_t wanted = (int64_t)working[after] + days;
    if (wanted > (int64_t)working[calendar->day_count]) return INT64_MAX;
    int64_t day = after + days * 7 / 5;
    if (day >= calendar->day_count) day = calendar->day_count - 1;
    while (day > after && (int64_t)working[day] >= wanted) day--;
    while ((int64_t)working[day + 1] < wanted) day++;
    return calendar->day_start_ms[day];
}

/* A case's life: in stock during [begin, end), end INT64_MAX while it lasts; at most twice. */
struct stay {
    int64_t begin_ms, end_ms;
};

static uint32_t stays_of(const struct fold_rows *rows, uint32_t row, struct stay stays[2]) {
    const int64_t again = fold_times(rows, LIFE_AGAIN)[row];
    stays[0] = (struct stay){fold_times(rows, LIFE_BEGIN)[row], fold_times(rows, LIFE_END)[row]};
    stays[1] = (struct stay){again, fold_times(rows, LIFE_LAST)[row]};
    return again == TIME_ABSENT ? 1 : 2;
}

WIDE(live_in_stock,
     (const struct fold_question *question, const struct fold_rows *rows, struct lives *lives),
     (question, rows, lives)) {
    const struct case_times times = case_times_of(rows);
    const int64_t *reopened = fold_times(rows, CASE_REOPENED);
    const int64_t *end_last = fold_times(rows, CASE_END_LAST);
    const int64_t as_of_ms = question->as_of_ms;
    const uint32_t count = rows->count;
    int64_t *restrict begins = lives->begin, *restrict ends = lives->end;
    int64_t *restrict agains = lives->again, *restrict lasts = lives->last;
    lives->tenant = times.tenant;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        const int64_t done =
            fold_earlier(fold_earlier(times.decided[row], times.delivered[row]), times.closed[row]);
        const int64_t other = fold_earlier(fold_earlier(times.withdrawn[row], times.forwarded[row]),
                                           times.rejected[row]);
        const int64_t end = fold_seen(as_of_ms, fold_earlier(done, other));
        const int64_t again = fold_seen(as_of_ms, reopened[row]);
        const int64_t last = fold_seen(as_of_ms, end_last[row]);
        const bool stays_once = (end == TIME_ABSENT) | (again < end); /* absent is the least */
        begins[row] = fold_seen(as_of_ms, times.received[row]);
        ends[row] = end == TIME_ABSENT ? INT64_MAX : end;
        agains[row] = stays_once ? TIME_ABSENT : again;
        lasts[row] = last > again ? last : INT64_MAX;
    }
}

/* When a case gets from each age bin to the next. */
static void find_ages(const struct fold_question *question, uint32_t tenant, int64_t received_ms,
                      int64_t aged_ms[AGE_BINS - 1]) {
    const struct calendar *calendar = question->plan->calendar;
    const int64_t after = day_after(calendar, received_ms);
    for (int bin = 0; bin < AGE_BINS - 1; bin++)
        aged_ms[bin] = working_day_begin(calendar, (enum region)question->region[tenant], after,
                                         age_bin_end[bin]);
}

/* The bins that it has left at the moment. */
static uint32_t bins_left_at(const int64_t aged_ms[AGE_BINS - 1], int64_t moment_ms) {
    uint32_t bins = 0;
    while (bins < AGE_BINS - 1 && aged_ms[bins] <= moment_ms && aged_ms[bins] < INT64_MAX) bins++;
    return bins;
}

/* One stay in stock: begin, end, and the ages reached in between. An end counts for the pace on its
 * own day and until REACH_DAYS working days later. */
static void emit_stay(const struct fold_question *question, uint32_t tenant, uint32_t number,
                      const struct stay *stay, const int64_t aged_ms[AGE_BINS - 1], uint32_t row,
                      struct facts *facts) {
    const uint32_t begin_bin = number == 0 ? 0 : bins_left_at(aged_ms, stay->begin_ms);
    const uint32_t end_bin = bins_left_at(aged_ms, stay->end_ms);
    facts_put(&facts[STOCK_BEGIN + number], row, stay->begin_ms,
              number == 0 ? STOCK_IN : STOCK_REOPENED + begin_bin, 0);
    for (uint32_t bin = begin_bin; bin < end_bin; bin++)
        if (aged_ms[bin] <= question->as_of_ms)
            facts_put(&facts[STOCK_AGES + bin], row, aged_ms[bin], STOCK_AGED + bin, 0);
    if (stay->end_ms == INT64_MAX) return;
    const struct calendar *calendar = question->plan->calendar;
    const int64_t pace_end = working_day_begin(calendar, (enum region)question->region[tenant],
                                               day_after(calendar, stay->end_ms), REACH_DAYS);
    facts_put(&facts[STOCK_END + number], row, stay->end_ms, STOCK_OUT + end_bin, 0);
    if (pace_end <= question->as_of_ms)
        facts_put(&facts[STOCK_PACE_END + number], row, pace_end, STOCK_RECENT_END, 0);
}

static void emit_stock(const struct fold_question *question, const struct fold_rows *rows,
                       struct facts *facts) {
    const uint32_t *tenant = fold_codes(rows, LIFE_TENANT);
    const bool ages = question->plan->definition->kpi == KPI_BACKLOG;
    for (uint32_t row = 0; row < rows->count; row++) {
        struct stay stays[2];
        int64_t aged_ms[AGE_BINS - 1] = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};
        uint32_t count = stays_of(rows, row, stays);
        if (stays[0].begin_ms == TIME_ABSENT) {
            if (stays[0].end_ms != INT64_MAX)
                facts_put(facts, row, stays[0].end_ms, STOCK_NO_START, 0);
            continue;
        }
        if (stays[0].end_ms < stays[0].begin_ms) {
            facts_put(facts, row, stays[0].begin_ms, STOCK_END_BEFORE_START, 0);
            continue;
        }
        if (ages) find_ages(question, tenant[row], stays[0].begin_ms, aged_ms);
        for (uint32_t i = 0; i < count; i++)
            emit_stay(question, tenant[row], i, &stays[i], aged_ms, row, facts);
    }
}

static uint64_t tally_of_bins(const struct fold_row *row, int class) {
    uint64_t count = 0;
    for (int bin = 0; bin < AGE_BINS; bin++) count += group_count(row->group, class + bin);
    return count;
}

static uint64_t stock_of_bins(const struct fold_row *row, int class) {
    uint64_t count = 0;
    for (int bin = 0; bin < AGE_BINS; bin++) count += row->stock[class + bin];
    return count;
}

static int64_t backlog_of(const struct fold_row *row) {
    return (int64_t)(row->stock[STOCK_IN] + stock_of_bins(row, STOCK_REOPENED) -
                     stock_of_bins(row, STOCK_OUT));
}

static int64_t backlog_of_bin(const struct fold_row *row, int bin) {
    const uint64_t *stock = row->stock;
    uint64_t entered =
        stock[STOCK_REOPENED + bin] + (bin == 0 ? stock[STOCK_IN] : stock[STOCK_AGED + bin - 1]);
    uint64_t left = stock[STOCK_OUT + bin] + (bin == AGE_BINS - 1 ? 0 : stock[STOCK_AGED + bin]);
    return (int64_t)(entered - left);
}

static void write_flows(const struct fold_row *row, struct table *table) {
    table_count(table, "in", group_count(row->group, STOCK_IN));
    table_count(table, "out", tally_of_bins(row, STOCK_OUT));
    table_count(table, "reopened", tally_of_bins(row, STOCK_REOPENED));
}

/* Working days until the stock is worked off at the pace of the last 20 working days. */
static void write_reach(const struct fold_row *row, struct table *table, int64_t backlog) {
    double pace =
        (double)(stock_of_bins(row, STOCK_OUT) - row->stock[STOCK_RECENT_END]) / REACH_DAYS;
    table_number(table, "reach", "working_days", pace > 0 ? (double)backlog / pace : NAN);
}

/* value: out, the cases done. */
static void write_throughput(struct fold_row *row, struct table *table) {
    int64_t backlog = backlog_of(row);
    uint64_t in = group_count(row->group, STOCK_IN), out = tally_of_bins(row, STOCK_OUT);
    bool idle = row->stock[STOCK_IN] == 0;
    if (idle)
        table_absent(table, "value", "count");
    else
        table_count(table, "value", out);
    table_absent(table, "lo", "count"); /* counted, not estimated */
    table_absent(table, "hi", "count");
    write_flows(row, table);
    fold_write_ratio(table, "clearance", (double)out, (double)in);
    table_integer(table, "backlog", "count", backlog);
    write_reach(row, table, backlog);
    row->open = (uint64_t)backlog;
    if (out == 0 && !idle) row->state = RESULT_FEW; /* nothing done is a figure, not a gap */
}

static void write_backlog(struct fold_row *row, struct table *table) {
    static const char *const names[AGE_BINS] = {"age_0_5", "age_6_10", "age_11_20", "age_21_60",
                                                "age_over_60"};
    int64_t backlog = backlog_of(row);
    if (row->n == 0)
        table_absent(table, "value", "count");
    else
        table_integer(table, "value", "count", backlog);
    table_absent(table, "lo", "count"); /* counted, not estimated */
    table_absent(table, "hi", "count");
    table_integer(table, "backlog", "count", backlog);
    write_flows(row, table);
    for (int bin = 0; bin < AGE_BINS; bin++)
        table_integer(table, names[bin], "count", backlog_of_bin(row, bin));
    write_reach(row, table, backlog);
    row->open = (uint64_t)backlog;
}

#define FIVE_BINS(first, ...)                                                              \
    [first] = {__VA_ARGS__}, [(first) + 1] = {__VA_ARGS__}, [(first) + 2] = {__VA_ARGS__}, \
    [(first) + 3] = {__VA_ARGS__}, [(first) + 4] = {__VA_ARGS__}
static_assert(AGE_BINS == 5, "FIVE_BINS lists them");

#define STOCK_DETAILS                                                                     \
    FIVE_BINS(STOCK_REOPENED, .span = SPAN_BOTH),                                         \
        [STOCK_AGED] = {.span = SPAN_BOTH}, [STOCK_AGED + 1] = {.span = SPAN_BOTH},       \
        [STOCK_AGED + 2] = {.span = SPAN_BOTH},                                           \
        [STOCK_AGED + 3] = {.span = SPAN_BOTH}, [STOCK_RECENT_END] = {.span = SPAN_BOTH}, \
        [STOCK_NO_START] = {.name = "excluded_no_start", .role = ROLE_EXCLUDED},          \
        [STOCK_END_BEFORE_START] = {.name = "excluded_end_before_start", .role = ROLE_EXCLUDED}

/* Throughput rests on what was done during the bucket, backlog on all that ever came in. */
static const struct fold_class throughput_classes[STOCK_CLASSES] = {
    [STOCK_IN] = {.span = SPAN_BOTH},
    FIVE_BINS(STOCK_OUT, .role = ROLE_UNIT, .span = SPAN_BOTH),
    STOCK_DETAILS};
static const struct fold_class backlog_classes[STOCK_CLASSES] = {
    [STOCK_IN] = {.role = ROLE_UNIT, .span = SPAN_STOCK},
    FIVE_BINS(STOCK_OUT, .span = SPAN_BOTH),
    STOCK_DETAILS};

static const struct fold_source stock_source[] = {{.purpose = PURPOSE_CASE,
                                                   .columns = STOCK_COLUMNS,
                                                   .lane_count = STOCK_LANES,
                                                   .emit = emit_stock,
                                                   .live = live_in_stock}};

const struct fold fold_throughput = {.classes = throughput_classes,
                                     .class_count = STOCK_CLASSES,
                                     .sources = stock_source,
                                     .source_count = 1,
                                     .every_bucket = true,
                                     .needs_calendar = true,
                                     .write = write_throughput};
const struct fold fold_backlog = {.classes = backlog_classes,
                                  .class_count = STOCK_CLASSES,
                                  .sources = stock_source,
                                  .source_count = 1,
                                  .every_bucket = true,
                                  .needs_calendar = true,
                                  .write = write_backlog};

/* ==== rework =================================================================================
 * Of cases with E in the period (closing view of the processing time): those to whose applicant
 * something was sent back at least once (case.requested), or that were reopened. Each is a loop. */

enum {
    REWORK_RIGHT, /* the first time */
    REWORK_DONE,
    REWORK_OPEN,
    REWORK_OTHER_END,
    REWORK_REQUESTED, /* cases; amount: requests */
    REWORK_REOPENED,  /* cases; amount: reopenings */
    REWORK_CLASSES
};

static void emit_rework(const struct fold_question *question, const struct fold_rows *rows,
                        struct facts *facts) {
    const struct case_times times = case_times_of(rows);
    const int64_t as_of_ms = question->as_of_ms;
    const uint32_t *requests = fold_codes(rows, CASE_REQUESTS);
    const uint32_t *reopenings = fold_codes(rows, CASE_REOPENINGS);
    for (uint32_t row = 0; row < rows->count; row++) {
        const int64_t end =
            close_or_put(as_of_ms, &times, row, REWORK_OTHER_END, REWORK_OPEN, facts);
        if (end == TIME_ABSENT) continue;
        const uint32_t requested = requests[row], reopened = reopenings[row];
        facts_put(&facts[0], row, end, requested + reopened > 0 ? REWORK_DONE : REWORK_RIGHT, 0);
        if (requested > 0) facts_put(&facts[1], row, end, REWORK_REQUESTED, requested);
        if (reopened > 0) facts_put(&facts[2], row, end, REWORK_REOPENED, reopened);
    }
}

static void write_rework(struct fold_row *row, struct table *table) {
    const struct tally *requested = &row->group->tally[REWORK_REQUESTED];
    const struct tally *reopened = &row->group->tally[REWORK_REOPENED];
    const double loops = (double)(requested->amount + reopened->amount);
    fold_write_share(table, group_count(row->group, REWORK_DONE), row->n);
    fold_write_ratio(table, "first_time_right", (double)group_count(row->group, REWORK_RIGHT),
                     (double)row->n);
    table_number(table, "loops_per_case", "count", row->n > 0 ? loops / (double)row->n : NAN);
    table_count(table, "reworked", group_count(row->group, REWORK_DONE));
    table_count(table, "requested", requested->count);
    table_count(table, "reopened", reopened->count);
    table_integer(table, "requests", "count", requested->amount);
    table_integer(table, "reopenings", "count", reopened->amount);
}

static const struct fold_class rework_classes[REWORK_CLASSES] = {
    [REWORK_RIGHT] = {.role = ROLE_UNIT},
    [REWORK_DONE] = {.role = ROLE_UNIT},
    [REWORK_OPEN] = {.role = ROLE_OPEN, .span = SPAN_STOCK},
    [REWORK_OTHER_END] = {.name = "excluded_other_end", .role = ROLE_EXCLUDED},
    [REWORK_REQUESTED] = {.keep = KEEP_SUM},
    [REWORK_REOPENED] = {.keep = KEEP_SUM}};

static const struct fold_source rework_source[] = {
    {.purpose = PURPOSE_CASE,
     .columns = CASE_TIMES_COLUMNS | COLUMN_BIT(CASE_REQUESTS) | COLUMN_BIT(CASE_REOPENINGS),
     .lane_count = 3,
     .emit = emit_rework}};

const struct fold fold_rework = {.classes = rework_classes,
                                 .class_count = REWORK_CLASSES,
                                 .sources = rework_source,
                                 .source_count = 1,
                                 .write = write_rework};

/* ==== digital take-up ========================================================================
 * Transactions: cases with A in the period, by the channel of the case. Digital: online, app and
 * assisted. Left out: no_channel. A channel that had transactions before the period and none in the
 * whole of it reports nothing: then the state is incomplete. */

FOLD_EMIT(emit_take_up) {
    const int64_t *received = fold_times(rows, CASE_RECEIVED);
    const uint8_t *channel = fold_choices(rows, JOURNEY_CHANNEL);
    const int64_t as_of_ms = question->as_of_ms;
    const uint32_t count = rows->count;
    uint8_t *restrict classes = facts->class;
    int64_t *restrict moments = facts->when;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) { /* the class is the channel */
        moments[row] = fold_seen(as_of_ms, received[row]);
        classes[row] = channel[row];
    }
}

static void write_take_up(struct fold_row *row, struct table *table) {
    uint64_t digital = group_count(row->group, CHANNEL_ONLINE) +
                       group_count(row->group, CHANNEL_APP) +
                       group_count(row->group, CHANNEL_ASSISTED);
    fold_write_share(table, digital, row->n);
    table_count(table, "digital", digital);
    bool silent = false;
    for (int channel = CHANNEL_ABSENT + 1; channel < CHANNEL_COUNT; channel++) {
        table_count(table, channel_text((enum channel)channel), group_count(row->group, channel));
        silent |= row->before[channel] > 0 && row->period[channel] == 0;
    }
    if (silent && row->n > 0) row->state = RESULT_INCOMPLETE;
}

static const struct fold_class take_up_classes[CHANNEL_COUNT] = {
    [CHANNEL_ABSENT] = {.name = "excluded_no_channel", .role = ROLE_EXCLUDED},
#define X(name, text) [CHANNEL_##name] = {.role = ROLE_UNIT, .span = SPAN_BOTH},
    CHANNEL_LIST(X)
#undef X
};

static const struct fold_source take_up_source[] = {
    {.purpose = PURPOSE_CASE,
     .columns = COLUMN_BIT(CASE_RECEIVED) | COLUMN_BIT(JOURNEY_CHANNEL),
     .lane_count = 1,
     .emit = emit_take_up}};

const struct fold fold_digital_take_up = {.classes = take_up_classes,
                                          .class_count = CHANNEL_COUNT,
                                          .sources = take_up_source,
                                          .source_count = 1,
                                          .write = write_take_up};
