/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/truth.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "event/column.h"

#define MINUTE_MS INT64_C(60000)

enum { AFTER_MONTHS = 12, TYPE_TIMES = 64 };
static_assert((int)TYPE_COUNT <= (int)TYPE_TIMES, "one time a type");

/* What the catalogue fixes: when an attempt that stopped is given up, and what a pause is. */
#define ATTEMPT_TIMEOUT_MS (30 * MINUTE_MS)
#define ATTEMPT_RESUME_MS  (14 * DAY_MS)
#define ATTEMPT_PAUSE_MS   (5 * MINUTE_MS)
#define WAIT_SHORT_MS      (15 * MINUTE_MS)

/* Numbers that are counted in a group. The text is the column; a KPI's are side by side. */
#define TRUTH_COUNT_LIST(X)          \
    X(CASE_IN, "in")                 \
    X(CASE_OUT, "out")               \
    X(CASE_REOPENED, "reopened")     \
    X(CHANNEL_ONLINE, "online")      \
    X(CHANNEL_APP, "app")            \
    X(CHANNEL_PHONE, "phone")        \
    X(CHANNEL_COUNTER, "counter")    \
    X(CHANNEL_MAIL, "mail")          \
    X(CHANNEL_ASSISTED, "assisted")  \
    X(CHANNEL_OTHER, "other")        \
    X(SUBMITTED, "submitted")        \
    X(INELIGIBLE, "ineligible")      \
    X(FAILED, "failed")              \
    X(ABANDONED, "abandoned")        \
    X(OPEN, "open")                  \
    X(FINISHED, "finished")          \
    X(MISSED, "missed")              \
    X(LATE_SHOW, "late_show")        \
    X(CONFIRMED, "n")                \
    X(CANCELLED, "cancelled")        \
    X(BY_CITIZEN, "by_citizen")      \
    X(BY_OFFICE, "by_office")        \
    X(CANCELLED_LATE, "late")        \
    X(MOVABLE, "n")                  \
    X(MOVED, "rescheduled")          \
    X(MOVES, "reschedulings")        \
    X(WAITS, "n")                    \
    X(WAITS_SHORT, "within")         \
    X(WAITS_WALK_IN, "walk_ins")     \
    X(CAME_BOOKED, "booked")         \
    X(LEFT_BOOKED, "booked_left")    \
    X(CAME_WALK_IN, "walk_ins")      \
    X(LEFT_WALK_IN, "walk_ins_left") \
    X(REWORK_CASES, "n")             \
    X(REWORKED, "reworked")          \
    X(REQUESTS, "requests")          \
    X(REOPENINGS, "reopenings")      \
    X(RATINGS, "n") X(RATING_SUM, "sum") X(RATINGS_TOP, "top2_count") X(COST_CENTS, "cents")

enum truth_count {
#define X(name, text) COUNT_##name,
    TRUTH_COUNT_LIST(X)
#undef X
        COUNT_COUNT
};
static const char *const count_text[COUNT_COUNT] = {
#define X(name, text) text,
    TRUTH_COUNT_LIST(X)
#undef X
};

/* Durations that are kept one by one. */
enum truth_series {
    SERIES_PROCESSING,
    SERIES_ACTIVE,
    SERIES_ELAPSED,
    SERIES_LEAD,
    SERIES_WAITING,
    SERIES_SERVICE,
    SERIES_END_TO_END,
    SERIES_COUNT
};

struct series_values {
    int64_t *ms;
    size_t count, capacity;
};

struct truth_group {
    int64_t count[COUNT_COUNT];
    int64_t reach[TOWN_STEPS_MAX], drop[TOWN_STEPS_MAX], error[TOWN_STEPS_MAX];
    struct series_values series[SERIES_COUNT];
};

/* What an office did on a day, and had planned for it. */
struct truth_day {
    int64_t planned_ms, minutes_ms; /* when that was said last; 0: never */
    int64_t planned, minutes;
    int64_t booked, service_ms;
    int64_t free_slots; /* of this day's sample: until three of them are */
    int32_t third_days; /* to the third; the last day spoken of, where there are not three */
    bool sampled;
};

struct truth {
    const struct town *town;
    const struct almanac *almanac;
    int32_t first_month;
    uint32_t month_count, group_count;
    struct truth_group *groups; /* by tenant, service, month */
    struct truth_day *days;     /* by tenant, office, day of the almanac */
};

/* What is known of one subject, in the order of time. */
struct life {
    int64_t first_ms[TYPE_TIMES]; /* TIME_ABSENT: never */
    int64_t begin_ms, end_ms;     /* first and last event */
    uint32_t count;
    const struct occurrence *events[STORY_EVENTS_MAX];
};

enum status truth_open(const struct town *town, const struct almanac *almanac, struct truth **out,
                       struct error *err) {
    *out = NULL;
    struct truth *truth = memory_new_array(struct truth, 1);
    if (truth == NULL) return error_set(err, STATUS_NO_MEMORY, "truth");
    *truth = (struct truth){.town = town, .almanac = almanac};
    truth->first_month = almanac_month(almanac, town->start_ms);
    truth->month_count =
        (uint32_t)(almanac_month(almanac, town->end_ms) - truth->first_month) + AFTER_MONTHS;
    truth->group_count = town->tenant_count * SERVICE_COUNT * truth->month_count;
    truth->groups = memory_new_array(struct truth_group, truth->group_count);
    truth->days = memory_new_array(struct truth_day,
                                   (size_t)town->tenant_count * OFFICE_COUNT * almanac->day_count);
    if (truth->groups == NULL || truth->days == NULL) {
        truth_close(truth);
        return error_set(err, STATUS_NO_MEMORY, "truth: groups");
    }
    *out = truth;
    return STATUS_OK;
}

void truth_close(struct truth *truth) {
    if (truth == NULL) return;
    for (uint32_t i = 0; truth->groups != NULL && i < truth->group_count; i++)
        for (int series = 0; series < SERIES_COUNT; series++)
            memory_free(truth->groups[i].series[series].ms);
    memory_free(truth->groups);
    memory_free(truth->days);
    memory_free(truth);
}

static struct truth_group *group_at(struct truth *truth, const struct occurrence *event,
                                    int64_t time_ms) {
    uint32_t month = (uint32_t)(almanac_month(truth->almanac, time_ms) - truth->first_month);
    CHECK(month < truth->month_count && event->service < SERVICE_COUNT);
    return &truth->groups[(event->tenant * (uint32_t)SERVICE_COUNT + event->service) *
                              truth->month_count +
                          month];
}

static struct truth_day *day_at(struct truth *truth, const struct occurrence *event,
                                int64_t time_ms) {
    const uint32_t place = event->tenant * (uint32_t)OFFICE_COUNT + event->office;
    return &truth->days[(size_t)place * truth->almanac->day_count +
                        almanac_index(truth->almanac, time_ms)];
}

static enum status series_add(struct truth_group *group, enum truth_series series, int64_t ms,
                              struct error *err) {
    struct series_values *values = &group->series[series];
    if (!memory_reserve((void **)&values->ms, &values->capacity, values->count + 1, sizeof(int64_t),
                        SIZE_MAX / sizeof(int64_t)))
        return error_set(err, STATUS_NO_MEMORY, "truth: %zu durations", values->count);
    values->ms[values->count++] = ms;
    return STATUS_OK;
}

/* ---- attempts ---- */

static enum truth_count outcome_of(const struct truth *truth, const struct life *life) {
    if (life->first_ms[TYPE_FORM_SUBMITTED] != TIME_ABSENT) return COUNT_SUBMITTED;
    if (life->first_ms[TYPE_FORM_INELIGIBLE] != TIME_ABSENT) return COUNT_INELIGIBLE;
    if (life->first_ms[TYPE_FORM_FAILED] != TIME_ABSENT) return COUNT_FAILED;
    bool saved = life->first_ms[TYPE_FORM_SAVED] != TIME_ABSENT;
    int64_t patience_ms = saved ? ATTEMPT_RESUME_MS : ATTEMPT_TIMEOUT_MS;
    if (life->end_ms > truth->town->end_ms - patience_ms) return COUNT_OPEN;
    return COUNT_ABANDONED;
}

static void add_steps(struct truth_group *group, const struct life *life,
                      enum truth_count outcome) {
    uint32_t entered = 0, failed = 0, last = OCCURRENCE_NONE;
    for (uint32_t i = 0; i < life->count; i++) {
        const struct occurrence *event = life->events[i];
        if (event->type == TYPE_FORM_STEP) entered |= 1u << (last = event->step);
        if (event->type == TYPE_FORM_ERROR) failed |= 1u << event->step;
    }
    for (uint32_t step = 0; step < TOWN_STEPS_MAX; step++) {
        group->reach[step] += entered >> step & 1;
        group->error[step] += (entered & failed) >> step & 1;
    }
    if (outcome == COUNT_ABANDONED && last != OCCURRENCE_NONE) group->drop[last]++;
}

static enum status add_attempt(struct truth *truth, const struct life *life, struct error *err) {
    struct truth_group *group = group_at(truth, life->events[0], life->begin_ms);
    enum truth_count outcome = outcome_of(truth, life);
    group->count[outcome]++;
    if (outcome != COUNT_OPEN) add_steps(group, life, outcome);
    if (outcome != COUNT_SUBMITTED) return STATUS_OK;
    int64_t active_ms = 0, submitted_ms = life->first_ms[TYPE_FORM_SUBMITTED];
    for (uint32_t i = 1; i < life->count && life->events[i]->time_ms <= submitted_ms; i++) {
        int64_t gap_ms = life->events[i]->time_ms - life->events[i - 1]->time_ms;
        active_ms += gap_ms < ATTEMPT_PAUSE_MS ? gap_ms : ATTEMPT_PAUSE_MS;
    }
    TRY(series_add(group, SERIES_ACTIVE, active_ms, err));
    return series_add(group, SERIES_ELAPSED, submitted_ms - life->begin_ms, err);
}

/* ---- cases ---- */

static bool is_end(uint8_t type) {
    return type == TYPE_CASE_DECIDED || type == TYPE_CASE_DELIVERED || type == TYPE_CASE_CLOSED ||
           type == TYPE_CASE_WITHDRAWN || type == TYPE_CASE_FORWARDED || type == TYPE_CASE_REJECTED;
}

static void add_stock(struct truth *truth, const struct life *life) {
    bool in_stock = false;
    for (uint32_t i = 0; i < life->count; i++) {
        const struct occurrence *event = life->events[i];
        struct truth_group *group = group_at(truth, event, event->time_ms);
        if (event->type == TYPE_CASE_RECEIVED) {
            in_stock = true;
            group->count[COUNT_CASE_IN]++;
        } else if (in_stock && is_end(event->type)) {
            in_stock = false;
            group->count[COUNT_CASE_OUT]++;
        } else if (!in_stock && event->type == TYPE_CASE_REOPENED) {
            in_stock = true;
            group->count[COUNT_CASE_REOPENED]++;
        }
    }
}

static void add_rework(struct truth_group *group, const struct life *life) {
    int64_t requests = 0, reopenings = 0;
    for (uint32_t i = 0; i < life->count; i++) {
        requests += life->events[i]->type == TYPE_CASE_REQUESTED;
        reopenings += life->events[i]->type == TYPE_CASE_REOPENED;
    }
    group->count[COUNT_REWORK_CASES]++;
    group->count[COUNT_REWORKED] += requests + reopenings > 0;
    group->count[COUNT_REQUESTS] += requests;
    group->count[COUNT_REOPENINGS] += reopenings;
}

static enum status add_case(struct truth *truth, const struct life *life, struct error *err) {
    const struct occurrence *received = life->events[0];
    CHECK(received->type == TYPE_CASE_RECEIVED);
    add_stock(truth, life);
    struct truth_group *group = group_at(truth, received, received->time_ms);
    if (received->channel != CHANNEL_ABSENT)
        group->count[COUNT_CHANNEL_ONLINE + received->channel - CHANNEL_ONLINE]++;
    for (uint32_t i = 0; i < life->count; i++) {
        uint8_t type = life->events[i]->type;
        if (!is_end(type)) continue;
        if (type == TYPE_CASE_WITHDRAWN || type == TYPE_CASE_FORWARDED ||
            type == TYPE_CASE_REJECTED)
            return STATUS_OK;
        add_rework(group_at(truth, received, life->events[i]->time_ms), life);
        /* The stories decide before they deliver, and deliver before they close. */
        return series_add(group_at(truth, received, life->events[i]->time_ms), SERIES_PROCESSING,
                          life->events[i]->time_ms - received->time_ms, err);
    }
    return STATUS_OK;
}

/* ---- appointments ---- */

static int64_t start_of(const struct life *life) {
    int64_t start_ms = TIME_ABSENT;
    for (uint32_t i = 0; i < life->count; i++) {
        const struct occurrence *event = life->events[i];
        if (event->type == TYPE_APPOINTMENT_CONFIRMED ||
            event->type == TYPE_APPOINTMENT_RESCHEDULED)
            start_ms = event->start_ms;
    }
    return start_ms;
}

static void add_cancellation(struct truth_group *group, const struct life *life, int64_t start_ms) {
    int64_t cancelled_ms = life->first_ms[TYPE_APPOINTMENT_CANCELLED];
    group->count[COUNT_CONFIRMED]++;
    if (cancelled_ms == TIME_ABSENT || cancelled_ms >= start_ms) return;
    group->count[COUNT_CANCELLED]++;
    group->count[COUNT_CANCELLED_LATE] += start_ms - cancelled_ms < DAY_MS;
    bool office = life->events[life->count - 1]->code == OCCURRENCE_CODE_OFFICE;
    group->count[office ? COUNT_BY_OFFICE : COUNT_BY_CITIZEN]++;
}

/* Seconds at the desk: from showing up or coming back to parking or the end. */
static int64_t served_ms(const struct life *life) {
    int64_t sum_ms = 0, since_ms = TIME_ABSENT;
    for (uint32_t i = 0; i < life->count; i++) {
        const struct occurrence *event = life->events[i];
        bool begins =
            event->type == TYPE_APPOINTMENT_SHOWEDUP || event->type == TYPE_APPOINTMENT_RESUMED;
        bool ends =
            event->type == TYPE_APPOINTMENT_FINISHED || event->type == TYPE_APPOINTMENT_PARKED;
        if (begins && since_ms == TIME_ABSENT) since_ms = event->time_ms;
        if (!ends || since_ms == TIME_ABSENT) continue;
        sum_ms += event->time_ms - since_ms;
        since_ms = TIME_ABSENT;
    }
    return sum_ms;
}

static void add_moves(struct truth_group *group, const struct life *life) {
    int64_t moves = 0;
    for (uint32_t i = 0; i < life->count; i++)
        moves += life->events[i]->type == TYPE_APPOINTMENT_RESCHEDULED;
    group->count[COUNT_MOVABLE]++;
    group->count[COUNT_MOVED] += moves > 0;
    group->count[COUNT_MOVES] += moves;
}

/* Who arrived: called, or gone without. Those of the last day may still be called. */
static void add_arrival(struct truth *truth, const struct life *life, bool walk_in) {
    const int64_t arrived_ms = life->first_ms[TYPE_APPOINTMENT_ARRIVED];
    const int64_t called_ms = life->first_ms[TYPE_APPOINTMENT_CALLED];
    const bool served = life->first_ms[TYPE_APPOINTMENT_SHOWEDUP] != TIME_ABSENT;
    if (arrived_ms == TIME_ABSENT) return;
    struct truth_group *group = group_at(truth, life->events[0], arrived_ms);
    if (called_ms == TIME_ABSENT && arrived_ms > truth->town->end_ms - DAY_MS) return;
    if (called_ms != TIME_ABSENT && called_ms < arrived_ms && !served) return;
    group->count[walk_in ? COUNT_CAME_WALK_IN : COUNT_CAME_BOOKED]++;
    if (called_ms == TIME_ABSENT) group->count[walk_in ? COUNT_LEFT_WALK_IN : COUNT_LEFT_BOOKED]++;
}

static enum status add_wait(struct truth *truth, const struct life *life, int64_t start_ms,
                            struct error *err) {
    int64_t arrived_ms = life->first_ms[TYPE_APPOINTMENT_ARRIVED];
    int64_t called_ms = life->first_ms[TYPE_APPOINTMENT_CALLED];
    if (arrived_ms == TIME_ABSENT || called_ms == TIME_ABSENT || called_ms < arrived_ms)
        return STATUS_OK;
    int64_t ready_ms = start_ms > arrived_ms ? start_ms : arrived_ms;
    int64_t wait_ms = called_ms > ready_ms ? called_ms - ready_ms : 0;
    struct truth_group *group = group_at(truth, life->events[0], called_ms);
    group->count[COUNT_WAITS]++;
    group->count[COUNT_WAITS_SHORT] += wait_ms <= WAIT_SHORT_MS;
    group->count[COUNT_WAITS_WALK_IN] += start_ms == TIME_ABSENT;
    return series_add(group, SERIES_WAITING, wait_ms, err);
}

static void add_booking(struct truth *truth, const struct life *life, int64_t start_ms) {
    const int64_t cancelled_ms = life->first_ms[TYPE_APPOINTMENT_CANCELLED];
    if (cancelled_ms == TIME_ABSENT || cancelled_ms >= start_ms)
        day_at(truth, life->events[0], start_ms)->booked++;
}

static enum status add_appointment(struct truth *truth, const struct life *life,
                                   struct error *err) {
    int64_t start_ms = start_of(life), arrived_ms = life->first_ms[TYPE_APPOINTMENT_ARRIVED];
    int64_t confirmed_ms = life->first_ms[TYPE_APPOINTMENT_CONFIRMED];
    int64_t when_ms = start_ms != TIME_ABSENT ? start_ms : arrived_ms;
    if (when_ms == TIME_ABSENT) return STATUS_OK; /* reserved, and the sample ended */
    bool finished = life->first_ms[TYPE_APPOINTMENT_FINISHED] != TIME_ABSENT;
    bool missed = life->first_ms[TYPE_APPOINTMENT_MISSED] != TIME_ABSENT;
    struct truth_group *group = group_at(truth, life->events[0], when_ms);
    if (start_ms != TIME_ABSENT) {
        group->count[COUNT_FINISHED] += finished;
        group->count[COUNT_MISSED] += missed && !finished;
        group->count[COUNT_LATE_SHOW] += missed && finished;
        if (start_ms <= truth->town->end_ms) {
            add_cancellation(group, life, start_ms);
            add_moves(group, life);
        }
        add_booking(truth, life, start_ms);
        TRY(series_add(group, SERIES_LEAD, start_ms - confirmed_ms, err));
    }
    if (finished) {
        group = group_at(truth, life->events[0], life->first_ms[TYPE_APPOINTMENT_FINISHED]);
        TRY(series_add(group, SERIES_SERVICE, served_ms(life), err));
        day_at(truth, life->events[0], life->first_ms[TYPE_APPOINTMENT_FINISHED])->service_ms +=
            served_ms(life);
    }
    add_arrival(truth, life, start_ms == TIME_ABSENT);
    return add_wait(truth, life, start_ms, err);
}

/* ---- stories ---- */

/* The last word counts. */
static void add_plan(struct truth *truth, const struct occurrence *event) {
    struct truth_day *day = day_at(truth, event, event->start_ms);
    const bool minutes = event->code == OCCURRENCE_CODE_MINUTES;
    int64_t *said_ms = minutes ? &day->minutes_ms : &day->planned_ms;
    if (*said_ms > event->time_ms) return;
    *said_ms = event->time_ms;
    *(minutes ? &day->minutes : &day->planned) = event->value;
}

/* The events of a sample come in the order of their slots. */
static void add_free(struct truth *truth, const struct occurrence *event) {
    enum { ENOUGH = 3 };
    struct truth_day *day = day_at(truth, event, event->time_ms);
    day->sampled = true;
    if (day->free_slots >= ENOUGH) return;
    day->free_slots += event->value;
    day->third_days = (int32_t)(almanac_index(truth->almanac, event->start_ms) -
                                almanac_index(truth->almanac, event->time_ms));
}

static void add_alone(struct truth *truth, const struct occurrence *event) {
    if (event->type == TYPE_CAPACITY_PLANNED) add_plan(truth, event);
    if (event->type == TYPE_CAPACITY_FREE) add_free(truth, event);
    if (event->service == SERVICE_COUNT) return;
    struct truth_group *group = group_at(truth, event, event->time_ms);
    if (event->type == TYPE_COST_BOOKED) group->count[COUNT_COST_CENTS] += event->value;
    if (event->type != TYPE_FEEDBACK_RATED) return;
    group->count[COUNT_RATINGS]++;
    group->count[COUNT_RATING_SUM] += event->value;
    group->count[COUNT_RATINGS_TOP] += event->value >= 4;
}

/* Gathers the events of one subject in the order of time. */
static void life_of(const struct story *story, uint64_t subject, struct life *life) {
    for (int type = 0; type < TYPE_TIMES; type++) life->first_ms[type] = TIME_ABSENT;
    life->count = 0;
    for (uint32_t i = 0; i < story->count; i++) {
        const struct occurrence *event = &story->events[i];
        if (event->subject != subject) continue;
        uint32_t at = life->count++;
        for (; at > 0 && life->events[at - 1]->time_ms > event->time_ms; at--)
            life->events[at] = life->events[at - 1];
        life->events[at] = event;
    }
    for (uint32_t i = 0; i < life->count; i++) {
        const struct occurrence *event = life->events[i];
        if (life->first_ms[event->type] == TIME_ABSENT)
            life->first_ms[event->type] = event->time_ms;
    }
    life->begin_ms = life->events[0]->time_ms;
    life->end_ms = life->events[life->count - 1]->time_ms;
}

static bool seen_before(const struct story *story, uint32_t index) {
    for (uint32_t i = 0; i < index; i++)
        if (story->events[i].subject == story->events[index].subject) return true;
    return false;
}

/* From the first form event of the story to the end of the case that it led to. */
static enum status add_end_to_end(struct truth *truth, const struct story *story,
                                  struct error *err) {
    const struct occurrence *begin = NULL, *submitted = NULL, *received = NULL;
    for (uint32_t i = 0; i < story->count; i++) {
        const struct occurrence *event = &story->events[i];
        if (event->subject == 0) continue;
        if (begin == NULL || event->time_ms < begin->time_ms) begin = event;
        if (event->type == TYPE_FORM_SUBMITTED) submitted = event;
        if (event->type == TYPE_CASE_RECEIVED) received = event;
        if (received == NULL || event->subject != received->subject || !is_end(event->type))
            continue;
        const bool ended = event->type == TYPE_CASE_DECIDED || event->type == TYPE_CASE_DELIVERED ||
                           event->type == TYPE_CASE_CLOSED;
        if (!ended || submitted == NULL || received->link != submitted->link) return STATUS_OK;
        return series_add(group_at(truth, submitted, submitted->time_ms), SERIES_END_TO_END,
                          event->time_ms - begin->time_ms, err);
    }
    return STATUS_OK;
}

enum status truth_add(struct truth *truth, const struct story *story, struct error *err) {
    struct life life;
    for (uint32_t i = 0; i < story->count; i++) {
        const struct occurrence *event = &story->events[i];
        if (event->subject == 0) {
            add_alone(truth, event);
            continue;
        }
        if (seen_before(story, i)) continue;
        life_of(story, event->subject, &life);
        enum purpose purpose = type_purpose((enum event_type)event->type);
        if (purpose == PURPOSE_ATTEMPT) TRY(add_attempt(truth, &life, err));
        if (purpose == PURPOSE_CASE) TRY(add_case(truth, &life, err));
        if (purpose == PURPOSE_APPOINTMENT) TRY(add_appointment(truth, &life, err));
    }
    return add_end_to_end(truth, story, err);
}

/* ---- the document ---- */

/* What the rows of one KPI hold: counts first..last, and a series. */
struct truth_kpi {
    const char *id;
    enum truth_count first, last;
    enum truth_series series;
};
enum { NO_COUNT = COUNT_COUNT, NO_SERIES = SERIES_COUNT };

static const struct truth_kpi kpis[] = {
    {"processing_time", (enum truth_count)NO_COUNT, COUNT_CASE_IN, SERIES_PROCESSING},
    {"throughput", COUNT_CASE_IN, COUNT_CASE_REOPENED, (enum truth_series)NO_SERIES},
    {"abandonment", COUNT_SUBMITTED, COUNT_OPEN, (enum truth_series)NO_SERIES},
    {"time_to_complete", (enum truth_count)NO_COUNT, COUNT_CASE_IN, SERIES_ACTIVE},
    {"elapsed", (enum truth_count)NO_COUNT, COUNT_CASE_IN, SERIES_ELAPSED},
    {"no_show", COUNT_FINISHED, COUNT_LATE_SHOW, (enum truth_series)NO_SERIES},
    {"late_show", COUNT_FINISHED, COUNT_LATE_SHOW, (enum truth_series)NO_SERIES},
    {"rescheduling", COUNT_MOVABLE, COUNT_MOVES, (enum truth_series)NO_SERIES},
    {"waiting_within", COUNT_WAITS, COUNT_WAITS_WALK_IN, (enum truth_series)NO_SERIES},
    {"left_before_call", COUNT_CAME_BOOKED, COUNT_LEFT_WALK_IN, (enum truth_series)NO_SERIES},
    {"cancellation", COUNT_CONFIRMED, COUNT_CANCELLED_LATE, (enum truth_series)NO_SERIES},
    {"booking_lead_time", (enum truth_count)NO_COUNT, COUNT_CASE_IN, SERIES_LEAD},
    {"waiting_time", (enum truth_count)NO_COUNT, COUNT_CASE_IN, SERIES_WAITING},
    {"service_duration", (enum truth_count)NO_COUNT, COUNT_CASE_IN, SERIES_SERVICE},
    {"digital_take_up", COUNT_CHANNEL_ONLINE, COUNT_CHANNEL_OTHER, (enum truth_series)NO_SERIES},
    {"rework", COUNT_REWORK_CASES, COUNT_REOPENINGS, (enum truth_series)NO_SERIES},
    {"end_to_end", (enum truth_count)NO_COUNT, COUNT_CASE_IN, SERIES_END_TO_END},
    {"satisfaction", COUNT_RATINGS, COUNT_RATINGS_TOP, (enum truth_series)NO_SERIES},
    {"cost", COUNT_COST_CENTS, COUNT_COST_CENTS, (enum truth_series)NO_SERIES},
};

static int compare_ms(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

/* Type 7: linear between the order statistics around (n - 1) * q. */
static double quantile_of(const struct series_values *values, uint32_t per_cent) {
    size_t hundredths = (values->count - 1) * per_cent, at = hundredths / 100;
    double low = (double)values->ms[at];
    if (at + 1 == values->count) return low;
    return low + ((double)values->ms[at + 1] - low) * (double)(hundredths % 100) / 100;
}

static void write_series(struct series_values *values, struct text *text) {
    static const uint32_t wanted[] = {10, 25, 50, 75, 90, 95};
    int64_t sum_ms = 0;
    qsort(values->ms, values->count, sizeof(int64_t), compare_ms);
    for (size_t i = 0; i < values->count; i++) sum_ms += values->ms[i];
    text_add_format(text, ",\"n\":%zu,\"mean\":", values->count);
    text_add_json_number(text, (double)sum_ms / (double)values->count / 1000);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        text_add_format(text, ",\"p%u\":", wanted[i]);
        text_add_json_number(text, quantile_of(values, wanted[i]) / 1000);
    }
    text_add_string(text, ",\"max\":");
    text_add_json_number(text, (double)values->ms[values->count - 1] / 1000);
}

static void write_key(const struct truth *truth, uint32_t index, bool *first, struct text *text) {
    int32_t month = truth->first_month + (int32_t)(index % truth->month_count);
    uint32_t place = index / truth->month_count;
    text_add_format(text, "%s\n  {\"tenant\":\"%s\",\"service\":\"%s\",\"month\":\"%04d-%02d\"",
                    *first ? "" : ",", truth->town->tenant[place / SERVICE_COUNT].ars,
                    town_service[place % SERVICE_COUNT].key, month / 12, month % 12 + 1);
    *first = false;
}

/* Cases in stock at the end of the group's month: all that came until then, less all that went. */
static int64_t backlog_of(const struct truth *truth, uint32_t index) {
    int64_t stock = 0;
    for (uint32_t i = index - index % truth->month_count; i <= index; i++) {
        const int64_t *count = truth->groups[i].count;
        stock += count[COUNT_CASE_IN] + count[COUNT_CASE_REOPENED] - count[COUNT_CASE_OUT];
    }
    return stock;
}

static void write_group(const struct truth *truth, const struct truth_kpi *kpi, uint32_t index,
                        bool *first, struct text *text) {
    struct truth_group *group = &truth->groups[index];
    if ((int)kpi->series != NO_SERIES) {
        if (group->series[kpi->series].count == 0) return;
        write_key(truth, index, first, text);
        write_series(&group->series[kpi->series], text);
        text_add_string(text, "}");
        return;
    }
    bool any = false;
    for (int i = (int)kpi->first; i <= (int)kpi->last; i++) any |= group->count[i] != 0;
    if (!any) return;
    write_key(truth, index, first, text);
    for (int i = (int)kpi->first; i <= (int)kpi->last; i++)
        text_add_format(text, ",\"%s\":%lld", count_text[i], (long long)group->count[i]);
    if (kpi->first == COUNT_CASE_IN)
        text_add_format(text, ",\"backlog\":%lld", (long long)backlog_of(truth, index));
    text_add_string(text, "}");
}

static void write_funnel(const struct truth *truth, struct text *text) {
    bool first = true;
    text_add_string(text,
                    "\"funnel\":{\"by\":[\"tenant\",\"service\",\"month\",\"step\"],\"rows\":[");
    for (uint32_t index = 0; index < truth->group_count; index++) {
        const struct truth_group *group = &truth->groups[index];
        uint32_t service = index / truth->month_count % SERVICE_COUNT;
        for (uint32_t step = 0; step < town_service[service].step_count; step++) {
            if (group->reach[step] == 0) continue;
            write_key(truth, index, &first, text);
            text_add_format(text, ",\"step\":\"%s\",\"reach\":%lld,\"drop\":%lld,\"errors\":%lld}",
                            town_service[service].step[step], (long long)group->reach[step],
                            (long long)group->drop[step], (long long)group->error[step]);
        }
    }
    text_add_string(text, "]}");
}

/* Days of one office in one month, added up. */
struct office_month {
    int64_t planned, booked, overbooked, days, days_over;
    int64_t minute_days, minutes, service_ms;
    int64_t samples, beyond;
};

static struct office_month month_of(const struct truth *truth, uint32_t place, int32_t month) {
    const uint32_t day_count = truth->almanac->day_count;
    struct office_month sum = {0};
    for (uint32_t i = 0; i < day_count; i++) {
        const struct almanac_day *date = &truth->almanac->days[i];
        const struct truth_day *day = &truth->days[(size_t)place * day_count + i];
        if (date->year * 12 + date->month - 1 != month) continue;
        sum.samples += day->sampled;
        sum.beyond += day->sampled && day->free_slots < 3;
        if (day->minutes_ms != 0) {
            sum.minute_days++;
            sum.minutes += day->minutes;
            sum.service_ms += day->service_ms;
        }
        if (day->planned_ms == 0) continue;
        sum.days++;
        sum.planned += day->planned;
        sum.booked += day->booked;
        sum.days_over += day->booked > day->planned;
        sum.overbooked += day->booked > day->planned ? day->booked - day->planned : 0;
    }
    return sum;
}

enum office_kpi { OFFICE_SLOTS, OFFICE_MINUTES, OFFICE_THIRD, OFFICE_KPIS };

static void write_office(enum office_kpi kpi, const struct office_month *sum, struct text *text) {
    if (kpi == OFFICE_SLOTS)
        text_add_format(text,
                        ",\"n\":%lld,\"booked\":%lld,\"overbooked\":%lld,\"office_days\":%lld,"
                        "\"office_days_over\":%lld}",
                        (long long)sum->planned, (long long)sum->booked, (long long)sum->overbooked,
                        (long long)sum->days, (long long)sum->days_over);
    else if (kpi == OFFICE_MINUTES)
        text_add_format(text,
                        ",\"planned_minutes\":%lld,\"service_minutes\":%.6f,\"office_days\":%lld}",
                        (long long)sum->minutes, (double)sum->service_ms / MINUTE_MS,
                        (long long)sum->minute_days);
    else
        text_add_format(text, ",\"n\":%lld,\"beyond_horizon\":%lld}", (long long)sum->samples,
                        (long long)sum->beyond);
}

static void write_offices(const struct truth *truth, enum office_kpi kpi, struct text *text) {
    static const char *const ids[OFFICE_KPIS] = {"slot_fill", "utilisation",
                                                 "third_next_available"};
    const char *comma = "";
    text_add_format(text, "\"%s\":{\"by\":[\"tenant\",\"office\",\"month\"],\"rows\":[", ids[kpi]);
    for (uint32_t place = 0; place < truth->town->tenant_count * OFFICE_COUNT; place++)
        for (uint32_t i = 0; i < truth->month_count; i++) {
            const int32_t month = truth->first_month + (int32_t)i;
            const struct office_month sum = month_of(truth, place, month);
            const int64_t of_kpi[OFFICE_KPIS] = {sum.days, sum.minute_days, sum.samples};
            if (of_kpi[kpi] == 0) continue;
            text_add_format(text,
                            "%s\n  {\"tenant\":\"%s\",\"office\":\"%s\",\"month\":\"%04d-%02d\"",
                            comma, truth->town->tenant[place / OFFICE_COUNT].ars,
                            town_office[place % OFFICE_COUNT], month / 12, month % 12 + 1);
            comma = ",";
            write_office(kpi, &sum, text);
        }
    text_add_string(text, "]},\n");
}

void truth_write(struct truth *truth, struct text *text) {
    text_add_string(text, "{");
    for (size_t i = 0; i < sizeof kpis / sizeof kpis[0]; i++) {
        bool first = true;
        text_add_format(text, "\"%s\":{\"by\":[\"tenant\",\"service\",\"month\"],\"rows\":[",
                        kpis[i].id);
        for (uint32_t index = 0; index < truth->group_count; index++)
            write_group(truth, &kpis[i], index, &first, text);
        text_add_string(text, "]},\n");
    }
    for (enum office_kpi kpi = 0; kpi < OFFICE_KPIS; kpi++) write_offices(truth, kpi, text);
    write_funnel(truth, text);
    text_add_string(text, "}");
}
