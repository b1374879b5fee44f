/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/journey_fold.h"

#include <math.h>
#include <string.h>

#define MICRO_MINUTES 1e6

static const uint8_t dimensions[] = {JOURNEY_SERVICE, JOURNEY_OFFICE, JOURNEY_CHANNEL, JOURNEY_LANG,
                                     JOURNEY_DEVICE};
enum { DIMENSIONS = sizeof dimensions / sizeof dimensions[0] };

/* Rows of which nothing is known yet. No journey column is of KIND_NUMBER. */
#define ABSENT(kind)        (KIND_##kind == KIND_TIME ? (uint64_t)TIME_ABSENT : 0)
#define X(name, text, kind) ABSENT(kind),
static const uint64_t empty_attempt[JOURNEY_COLUMN_COUNT_MAX] = {JOURNEY_COMMON_LIST(X)
                                                                     JOURNEY_ATTEMPT_LIST(X)};
static const uint64_t empty_case[JOURNEY_COLUMN_COUNT_MAX] = {JOURNEY_COMMON_LIST(X)
                                                                  JOURNEY_CASE_LIST(X)};
static const uint64_t empty_appointment[JOURNEY_COLUMN_COUNT_MAX] = {
    JOURNEY_COMMON_LIST(X) JOURNEY_APPOINTMENT_LIST(X)};
#undef X

void journey_fold_begin(struct journey_fold *fold, const struct names *names,
                        enum purpose purpose) {
    fold->names = names;
    fold->event_count = 0;
    fold->service_ended = fold->pause.since = fold->pause.replied = TIME_ABSENT;
    fold->pause.sum_ms = fold->pause.at_end_ms = fold->pause.at_other_ms = 0;
    fold->journey.purpose = purpose;
    memcpy(fold->journey.word,
           purpose == PURPOSE_ATTEMPT ? empty_attempt
           : purpose == PURPOSE_CASE  ? empty_case
                                      : empty_appointment,
           sizeof fold->journey.word);
}

static int64_t time_of(const struct journey *journey, uint32_t column) {
    return (int64_t)journey->word[column];
}
static bool has_time(const struct journey *journey, uint32_t column) {
    return time_of(journey, column) != TIME_ABSENT;
}
/* Events come in order of time, so the first one said is the earliest. */
static void set_first(struct journey *journey, uint32_t column, int64_t time) {
    if (!has_time(journey, column)) journey->word[column] = (uint64_t)time;
}

static int compare_names(const struct names *names, uint32_t a, uint32_t b) {
    size_t a_size, b_size;
    const char *a_text = dictionary_text(names_dictionary(names), a, &a_size);
    const char *b_text = dictionary_text(names_dictionary(names), b, &b_size);
    return strcmp(a_text, b_text);
}

static inline void add_dimension(struct journey_fold *fold, uint32_t journey_column,
                                 enum column_kind kind, uint64_t value, int64_t time) {
    uint64_t *word = &fold->journey.word[journey_column];
    if (value == 0 || *word == value) return;
    if (*word != 0) {
        if (fold->dimension_time[journey_column] != time) return;
        const bool smaller = kind == KIND_CODE
                                 ? compare_names(fold->names, (uint32_t)value, (uint32_t)*word) < 0
                                 : value < *word;
        if (!smaller) return;
    }
    *word = value;
    fold->dimension_time[journey_column] = time;
}

static const uint8_t first_columns[256] = {
    [TYPE_FORM_SUBMITTED] = ATTEMPT_SUBMITTED,
    [TYPE_FORM_INELIGIBLE] = ATTEMPT_INELIGIBLE,
    [TYPE_FORM_FAILED] = ATTEMPT_FAILED,
    [TYPE_CASE_RECEIVED] = CASE_RECEIVED,
    [TYPE_CASE_COMPLETE] = CASE_COMPLETE,
    [TYPE_CASE_DECIDED] = CASE_DECIDED,
    [TYPE_CASE_DELIVERED] = CASE_DELIVERED,
    [TYPE_CASE_CLOSED] = CASE_CLOSED,
    [TYPE_CASE_WITHDRAWN] = CASE_WITHDRAWN,
    [TYPE_CASE_FORWARDED] = CASE_FORWARDED,
    [TYPE_CASE_REJECTED] = CASE_REJECTED,
    [TYPE_CASE_REOPENED] = CASE_REOPENED,
    [TYPE_APPOINTMENT_RESERVED] = APPOINTMENT_COLUMN_RESERVED,
    [TYPE_APPOINTMENT_CONFIRMED] = APPOINTMENT_COLUMN_CONFIRMED,
    [TYPE_APPOINTMENT_CANCELLED] = APPOINTMENT_COLUMN_CANCELLED,
    [TYPE_APPOINTMENT_ARRIVED] = APPOINTMENT_COLUMN_ARRIVED,
    [TYPE_APPOINTMENT_CALLED] = APPOINTMENT_COLUMN_CALLED,
    [TYPE_APPOINTMENT_SHOWEDUP] = APPOINTMENT_COLUMN_SHOWEDUP,
    [TYPE_APPOINTMENT_FINISHED] = APPOINTMENT_COLUMN_FINISHED,
    [TYPE_APPOINTMENT_MISSED] = APPOINTMENT_COLUMN_MISSED,
};

uint32_t journey_first_column(enum event_type type) {
    return first_columns[type];
}

/* ---- one purpose each ---- */

static void add_step(struct journey_fold *fold, const void *const *columns, uint32_t row,
                     bool entered, int64_t time) {
    struct journey *journey = &fold->journey;
    const uint32_t step = ((const uint32_t *)columns[COLUMN_STEP])[row];
    const int ordinal = names_step_ordinal(fold->names, (uint32_t)journey->word[JOURNEY_TENANT],
                                           ((const uint32_t *)columns[COLUMN_SERVICE])[row], step);
    if (ordinal < 0) return; /* refused on the way in; never stored */
    const uint64_t bit = UINT64_C(1) << ordinal;
    if (!entered) {
        journey->word[ATTEMPT_STEP_ERRORS] |= bit;
        return;
    }
    journey->word[ATTEMPT_STEPS] |= bit;
    const uint64_t last = journey->word[ATTEMPT_LAST_STEP];
    if (last != 0 && time_of(journey, ATTEMPT_LAST_STEP_TIME) == time) {
        const uint32_t known =
            names_step(fold->names, (uint32_t)journey->word[JOURNEY_TENANT],
                       ((const uint32_t *)columns[COLUMN_SERVICE])[row], (uint32_t)last - 1);
        if (compare_names(fold->names, step, known) <= 0) return;
    }
    journey->word[ATTEMPT_LAST_STEP] = (uint64_t)ordinal + 1;
    journey->word[ATTEMPT_LAST_STEP_TIME] = (uint64_t)time;
}

/* A COUNT holds 49 days. More is somebody who was never said to have gone, for one, and must not
 * look like less. */
static void add_ms(uint64_t *sum_ms, uint64_t more_ms) {
    *sum_ms = *sum_ms + more_ms < UINT32_MAX ? *sum_ms + more_ms : UINT32_MAX;
}

static uint64_t capped_gap(int64_t from, int64_t to) {
    const int64_t gap = to - from;
    return (uint64_t)(gap > JOURNEY_GAP_MS_MAX ? JOURNEY_GAP_MS_MAX : gap);
}

static void add_to_attempt(struct journey_fold *fold, const void *const *columns, uint32_t row,
                           enum event_type type, int64_t time) {
    struct journey *journey = &fold->journey;
    if (fold->event_count > 0 && !has_time(journey, ATTEMPT_SUBMITTED))
        add_ms(&journey->word[ATTEMPT_ACTIVE_MS], capped_gap(time_of(journey, JOURNEY_LAST), time));
    switch (type) {
        case TYPE_FORM_STEP: add_step(fold, columns, row, true, time); break;
        case TYPE_FORM_ERROR: add_step(fold, columns, row, false, time); break;
        case TYPE_FORM_SAVED: journey->word[ATTEMPT_SAVED] = (uint64_t)time; break;
        default: break;
    }
}

static bool ends_case(enum event_type type) {
    return type == TYPE_CASE_DECIDED || type == TYPE_CASE_DELIVERED || type == TYPE_CASE_CLOSED ||
           type == TYPE_CASE_WITHDRAWN || type == TYPE_CASE_FORWARDED || type == TYPE_CASE_REJECTED;
}

/* E: the end that the processing time runs to. */
static int64_t completion_of(const struct journey *journey) {
    if (has_time(journey, CASE_DECIDED)) return time_of(journey, CASE_DECIDED);
    if (has_time(journey, CASE_DELIVERED)) return time_of(journey, CASE_DELIVERED);
    return time_of(journey, CASE_CLOSED);
}

static int64_t earlier_of(int64_t a, int64_t b) {
    if (a == TIME_ABSENT || b == TIME_ABSENT) return a == TIME_ABSENT ? b : a;
    return a < b ? a : b;
}

static int64_t other_end_of(const struct journey *journey) {
    const int64_t first =
        earlier_of(time_of(journey, CASE_WITHDRAWN), time_of(journey, CASE_FORWARDED));
    return earlier_of(first, time_of(journey, CASE_REJECTED));
}

/* When the case stops, as far as pauses go. */
static int64_t stop_of(const struct journey *journey) {
    const int64_t end = completion_of(journey), other = other_end_of(journey);
    return other != TIME_ABSENT && (end == TIME_ABSENT || other < end) ? other : end;
}

static int64_t paused_until(const struct journey_fold *fold, int64_t time) {
    const int64_t since = fold->pause.since;
    return fold->pause.sum_ms + (since == TIME_ABSENT ? 0 : time - since);
}

/* What was before the receipt does not count. */
static void begin_pauses(struct journey_fold *fold, int64_t time) {
    fold->pause.sum_ms = fold->pause.at_end_ms = fold->pause.at_other_ms = 0;
    if (fold->pause.since != TIME_ABSENT) fold->pause.since = time;
    fold->journey.word[CASE_PAUSED_COMPLETE] = 0;
}

static void add_to_pauses(struct journey_fold *fold, enum event_type type, int64_t time) {
    const struct journey *journey = &fold->journey;
    switch (type) {
        case TYPE_CASE_REQUESTED:
            /* of one moment the reply wins, whichever came first: the order of arrival must not
             * matter */
            if (fold->pause.since == TIME_ABSENT && fold->pause.replied != time)
                fold->pause.since = time;
            break;
        case TYPE_CASE_REPLIED:
            fold->pause.sum_ms = paused_until(fold, time);
            fold->pause.since = TIME_ABSENT;
            fold->pause.replied = time;
            break;
        case TYPE_CASE_RECEIVED:
            if (!has_time(journey, CASE_RECEIVED)) begin_pauses(fold, time);
            break;
        case TYPE_CASE_COMPLETE:
            if (!has_time(journey, CASE_COMPLETE))
                fold->journey.word[CASE_PAUSED_COMPLETE] = (uint64_t)paused_until(fold, time);
            break;
        default: break;
    }
}

/* `before`: E and the other end until this event, which is part of the journey by now. */
static void end_pauses(struct journey_fold *fold, int64_t end_before, int64_t other_before,
                       int64_t time) {
    struct journey *journey = &fold->journey;
    const int64_t end = completion_of(journey), other = other_end_of(journey);
    if (end != end_before) fold->pause.at_end_ms = paused_until(fold, time);
    if (other != other_before) fold->pause.at_other_ms = paused_until(fold, time);
    const int64_t stop = stop_of(journey);
    const int64_t paused_ms = stop == TIME_ABSENT ? fold->pause.sum_ms
                              : stop == end       ? fold->pause.at_end_ms
                                                  : fold->pause.at_other_ms;
    journey->word[CASE_PAUSED] = (uint64_t)paused_ms;
    journey->word[CASE_PAUSED_SINCE] =
        (uint64_t)(stop == TIME_ABSENT ? fold->pause.since : TIME_ABSENT);
}

static void add_to_case(struct journey_fold *fold, const void *const *columns, uint32_t row,
                        enum event_type type, int64_t time) {
    struct journey *journey = &fold->journey;
    const int64_t end = completion_of(journey), other = other_end_of(journey);
    if (ends_case(type)) journey->word[CASE_END_LAST] = (uint64_t)time;
    add_to_pauses(fold, type, time);
    if (first_columns[type] != 0) set_first(journey, first_columns[type], time);
    end_pauses(fold, end, other, time);
    journey->word[CASE_REQUESTS] += type == TYPE_CASE_REQUESTED;
    journey->word[CASE_REOPENINGS] += type == TYPE_CASE_REOPENED;
    const double minutes = ((const double *)columns[COLUMN_MINUTES])[row];
    if (!isnan(minutes))
        journey->word[CASE_MINUTES] += (uint64_t)(int64_t)nearbyint(minutes * MICRO_MINUTES);
}

static enum party party_of(const struct names *names, uint32_t code) {
    if (code == 0) return PARTY_ABSENT;
    size_t size;
    const char *text = dictionary_text(names_dictionary(names), code, &size);
    if (strcmp(text, "citizen") == 0) return PARTY_CITIZEN;
    return strcmp(text, "office") == 0 ? PARTY_OFFICE : PARTY_OTHER;
}

static void set_start(struct journey *journey, int64_t start, int64_t time) {
    if (start == TIME_ABSENT) return;
    const bool same_moment = time_of(journey, APPOINTMENT_COLUMN_START_SET) == time;
    if (same_moment && time_of(journey, APPOINTMENT_COLUMN_START) >= start) return;
    journey->word[APPOINTMENT_COLUMN_START] = (uint64_t)start;
    journey->word[APPOINTMENT_COLUMN_START_SET] = (uint64_t)time;
}

static void cancel(struct journey_fold *fold, uint32_t code, int64_t time) {
    struct journey *journey = &fold->journey;
    const uint64_t party = party_of(fold->names, code);
    const bool first = !has_time(journey, APPOINTMENT_COLUMN_CANCELLED);
    const bool same_moment = time_of(journey, APPOINTMENT_COLUMN_CANCELLED) == time;
    if (first || (same_moment && party > journey->word[APPOINTMENT_COLUMN_CANCELLED_BY]))
        journey->word[APPOINTMENT_COLUMN_CANCELLED_BY] = party;
}

static void add_to_appointment(struct journey_fold *fold, const void *const *columns, uint32_t row,
                               enum event_type type, int64_t time) {
    struct journey *journey = &fold->journey;
    uint64_t *serving = &journey->word[APPOINTMENT_COLUMN_SERVING];
    switch (type) {
        case TYPE_APPOINTMENT_CONFIRMED:
        case TYPE_APPOINTMENT_RESCHEDULED:
            set_start(journey, ((const int64_t *)columns[COLUMN_START])[row], time);
            journey->word[APPOINTMENT_COLUMN_RESCHEDULINGS] += type == TYPE_APPOINTMENT_RESCHEDULED;
            break;
        case TYPE_APPOINTMENT_CANCELLED:
            cancel(fold, ((const uint32_t *)columns[COLUMN_CODE])[row], time);
            break;
        case TYPE_APPOINTMENT_SHOWEDUP:
        case TYPE_APPOINTMENT_RESUMED:
            /* of one moment the end wins, whichever came first: the order of arrival must not
             * matter */
            if ((int64_t)*serving == TIME_ABSENT && fold->service_ended != time)
                *serving = (uint64_t)time;
            break;
        case TYPE_APPOINTMENT_PARKED:
        case TYPE_APPOINTMENT_FINISHED:
            fold->service_ended = time;
            if ((int64_t)*serving == TIME_ABSENT) break;
            add_ms(&journey->word[APPOINTMENT_COLUMN_SERVICE_MS],
                   (uint64_t)(time - (int64_t)*serving));
            *serving = (uint64_t)TIME_ABSENT;
            break;
        default: break;
    }
}

static const uint32_t *codes(const void *const *columns, enum column column) {
    return columns[column];
}
static const uint8_t *choices(const void *const *columns, enum column column) {
    return columns[column];
}

void journey_fold_add(struct journey_fold *fold, const void *const *columns, uint32_t row) {
    struct journey *journey = &fold->journey;
    const int64_t time = ((const int64_t *)columns[COLUMN_TIME])[row];
    const enum event_type type = (enum event_type)((const uint8_t *)columns[COLUMN_TYPE])[row];
    if (fold->event_count == 0) {
        journey->word[JOURNEY_TENANT] = ((const uint32_t *)columns[COLUMN_TENANT])[row];
        journey->word[JOURNEY_SUBJECT] = ((const uint64_t *)columns[COLUMN_SUBJECT])[row];
        journey->word[JOURNEY_FIRST] = (uint64_t)time;
    }
    add_dimension(fold, JOURNEY_SERVICE, KIND_CODE, codes(columns, COLUMN_SERVICE)[row], time);
    add_dimension(fold, JOURNEY_OFFICE, KIND_CODE, codes(columns, COLUMN_OFFICE)[row], time);
    add_dimension(fold, JOURNEY_CHANNEL, KIND_CHOICE, choices(columns, COLUMN_CHANNEL)[row], time);
    add_dimension(fold, JOURNEY_LANG, KIND_CODE, codes(columns, COLUMN_LANG)[row], time);
    add_dimension(fold, JOURNEY_DEVICE, KIND_CHOICE, choices(columns, COLUMN_DEVICE)[row], time);
    if (journey->purpose == PURPOSE_ATTEMPT) add_to_attempt(fold, columns, row, type, time);
    if (journey->purpose == PURPOSE_CASE) add_to_case(fold, columns, row, type, time);
    if (journey->purpose == PURPOSE_APPOINTMENT) add_to_appointment(fold, columns, row, type, time);
    if (first_columns[type] != 0) set_first(journey, first_columns[type], time);
    journey->word[JOURNEY_LAST] = (uint64_t)time;
    journey->word[JOURNEY_FLAGS] |= ((const uint8_t *)columns[COLUMN_FLAGS])[row];
    fold->event_count++;
    journey->word[JOURNEY_EVENTS] = fold->event_count;
}

/* ---- merging two parts ---- */

static void keep_first(struct journey *earlier, const struct journey *later, uint32_t column) {
    if (!has_time(earlier, column)) earlier->word[column] = later->word[column];
}
static void keep_last(struct journey *earlier, const struct journey *later, uint32_t column) {
    if (has_time(later, column)) earlier->word[column] = later->word[column];
}

static void combine_attempts(struct journey *earlier, const struct journey *later) {
    if (!has_time(earlier, ATTEMPT_SUBMITTED))
        add_ms(&earlier->word[ATTEMPT_ACTIVE_MS],
               capped_gap(time_of(earlier, JOURNEY_LAST), time_of(later, JOURNEY_FIRST)) +
                   later->word[ATTEMPT_ACTIVE_MS]);
    keep_first(earlier, later, ATTEMPT_SUBMITTED);
    keep_first(earlier, later, ATTEMPT_INELIGIBLE);
    keep_first(earlier, later, ATTEMPT_FAILED);
    keep_last(earlier, later, ATTEMPT_SAVED);
    earlier->word[ATTEMPT_STEPS] |= later->word[ATTEMPT_STEPS];
    earlier->word[ATTEMPT_STEP_ERRORS] |= later->word[ATTEMPT_STEP_ERRORS];
    if (later->word[ATTEMPT_LAST_STEP] == 0) return;
    earlier->word[ATTEMPT_LAST_STEP] = later->word[ATTEMPT_LAST_STEP];
    earlier->word[ATTEMPT_LAST_STEP_TIME] = later->word[ATTEMPT_LAST_STEP_TIME];
}

#define PAUSE_COLUMNS (1u << CASE_PAUSED | 1u << CASE_PAUSED_COMPLETE | 1u << CASE_PAUSED_SINCE)
#define PAUSE_MILESTONES                                                                     \
    (1u << CASE_RECEIVED | 1u << CASE_COMPLETE | 1u << CASE_DECIDED | 1u << CASE_DELIVERED | \
     1u << CASE_CLOSED | 1u << CASE_WITHDRAWN | 1u << CASE_FORWARDED | 1u << CASE_REJECTED | \
     1u << CASE_REQUESTS)

/* The pauses of both parts; `whole` has the milestones of both. False: only the events can tell. */
static bool combine_pauses(struct journey *whole, const struct journey *earlier,
                           const struct journey *later) {
    const int64_t stop = stop_of(whole), stop_earlier = stop_of(earlier);
    const bool pauses = earlier->word[CASE_REQUESTS] > 0;
    const bool received = !has_time(earlier, CASE_RECEIVED) && has_time(later, CASE_RECEIVED);
    const bool complete = !has_time(earlier, CASE_COMPLETE) && has_time(later, CASE_COMPLETE);
    const bool stops_earlier = stop != TIME_ABSENT && stop < time_of(later, JOURNEY_FIRST);
    if (pauses && (has_time(earlier, CASE_PAUSED_SINCE) ||
                   (stop_earlier != TIME_ABSENT && (stop != stop_earlier || complete))))
        return false;
    /* It was received before: what the later part left out counts. */
    if (later->word[CASE_REQUESTS] > 0 && has_time(later, CASE_RECEIVED) && !received) return false;
    /* Here the part before has no pause, or they have ended and count in full, or it has stopped.
     */
    const uint64_t before = received ? 0 : earlier->word[CASE_PAUSED];
    whole->word[CASE_PAUSED] = before + (stops_earlier ? 0 : later->word[CASE_PAUSED]);
    whole->word[CASE_PAUSED_SINCE] =
        stops_earlier ? (uint64_t)TIME_ABSENT : later->word[CASE_PAUSED_SINCE];
    if (complete)
        whole->word[CASE_PAUSED_COMPLETE] = before + later->word[CASE_PAUSED_COMPLETE];
    else if (received)
        whole->word[CASE_PAUSED_COMPLETE] = 0;
    return true;
}

static bool combine_cases(struct journey *earlier, const struct journey *later, uint32_t wanted) {
    struct journey whole = *earlier;
    for (uint32_t c = CASE_RECEIVED; c <= CASE_REOPENED; c++) keep_first(&whole, later, c);
    if ((wanted & PAUSE_COLUMNS) != 0 && !combine_pauses(&whole, earlier, later)) return false;
    keep_last(&whole, later, CASE_END_LAST);
    whole.word[CASE_REQUESTS] += later->word[CASE_REQUESTS];
    whole.word[CASE_REOPENINGS] += later->word[CASE_REOPENINGS];
    whole.word[CASE_MINUTES] += later->word[CASE_MINUTES];
    *earlier = whole;
    return true;
}

static const uint32_t appointment_firsts[] = {
    APPOINTMENT_COLUMN_RESERVED, APPOINTMENT_COLUMN_CONFIRMED, APPOINTMENT_COLUMN_CANCELLED,
    APPOINTMENT_COLUMN_ARRIVED,  APPOINTMENT_COLUMN_CALLED,    APPOINTMENT_COLUMN_SHOWEDUP,
    APPOINTMENT_COLUMN_FINISHED, APPOINTMENT_COLUMN_MISSED};
enum { FIRSTS = sizeof appointment_firsts / sizeof appointment_firsts[0] };

static void combine_appointments(struct journey *earlier, const struct journey *later) {
    if (!has_time(earlier, APPOINTMENT_COLUMN_CANCELLED))
        earlier->word[APPOINTMENT_COLUMN_CANCELLED_BY] =
            later->word[APPOINTMENT_COLUMN_CANCELLED_BY];
    for (unsigned i = 0; i < FIRSTS; i++) keep_first(earlier, later, appointment_firsts[i]);
    keep_last(earlier, later, APPOINTMENT_COLUMN_START);
    keep_last(earlier, later, APPOINTMENT_COLUMN_START_SET);
    add_ms(&earlier->word[APPOINTMENT_COLUMN_SERVICE_MS],
           later->word[APPOINTMENT_COLUMN_SERVICE_MS]);
    earlier->word[APPOINTMENT_COLUMN_SERVING] = later->word[APPOINTMENT_COLUMN_SERVING];
    earlier->word[APPOINTMENT_COLUMN_RESCHEDULINGS] +=
        later->word[APPOINTMENT_COLUMN_RESCHEDULINGS];
}

bool journey_combine(struct journey *earlier, const struct journey *later, uint32_t wanted) {
    if (time_of(earlier, JOURNEY_LAST) >= time_of(later, JOURNEY_FIRST)) return false;
    if (earlier->purpose == PURPOSE_APPOINTMENT && has_time(earlier, APPOINTMENT_COLUMN_SERVING))
        return false;
    if (earlier->purpose == PURPOSE_ATTEMPT) combine_attempts(earlier, later);
    if (earlier->purpose == PURPOSE_CASE && !combine_cases(earlier, later, wanted)) return false;
    if (earlier->purpose == PURPOSE_APPOINTMENT) combine_appointments(earlier, later);
    for (unsigned d = 0; d < DIMENSIONS; d++) {
        uint64_t *word = &earlier->word[dimensions[d]];
        if (*word == 0) *word = later->word[dimensions[d]];
    }
    earlier->word[JOURNEY_LAST] = later->word[JOURNEY_LAST];
    earlier->word[JOURNEY_EVENTS] += later->word[JOURNEY_EVENTS];
    earlier->word[JOURNEY_FLAGS] |= later->word[JOURNEY_FLAGS];
    return true;
}

/* ---- merging two parts that overlap ---- */

static void keep_least(struct journey *one, const struct journey *other, uint32_t column) {
    const int64_t time = time_of(other, column);
    if (time != TIME_ABSENT && (!has_time(one, column) || time < time_of(one, column)))
        one->word[column] = (uint64_t)time;
}
static void keep_greatest(struct journey *one, const struct journey *other, uint32_t column) {
    if (time_of(other, column) > time_of(one, column)) one->word[column] = other->word[column];
}

/* Columns that gaps between events or the order of several make. */
static uint32_t ordered_columns(enum purpose purpose) {
    if (purpose == PURPOSE_ATTEMPT) return 1u << ATTEMPT_ACTIVE_MS;
    if (purpose == PURPOSE_APPOINTMENT)
        return 1u << APPOINTMENT_COLUMN_SERVICE_MS | 1u << APPOINTMENT_COLUMN_SERVING;
    return 0;
}

static bool events_must_tell(const struct journey *one, const struct journey *other,
                             uint32_t wanted) {
    if ((wanted & ordered_columns(one->purpose)) != 0) return true;
    if (one->purpose == PURPOSE_CASE && (wanted & PAUSE_COLUMNS) != 0 &&
        (one->word[CASE_REQUESTS] > 0 || other->word[CASE_REQUESTS] > 0))
        return true; /* without requests there is no pause */
    for (unsigned d = 0; d < DIMENSIONS; d++) {
        const uint64_t a = one->word[dimensions[d]], b = other->word[dimensions[d]];
        if ((wanted >> dimensions[d] & 1) != 0 && a != 0 && b != 0 && a != b) return true;
    }
    return one->purpose == PURPOSE_ATTEMPT && (wanted >> ATTEMPT_LAST_STEP & 1) != 0 &&
           one->word[ATTEMPT_LAST_STEP] != other->word[ATTEMPT_LAST_STEP] &&
           one->word[ATTEMPT_LAST_STEP_TIME] == other->word[ATTEMPT_LAST_STEP_TIME];
}

static void overlay_attempts(struct journey *one, const struct journey *other) {
    keep_least(one, other, ATTEMPT_SUBMITTED);
    keep_least(one, other, ATTEMPT_INELIGIBLE);
    keep_least(one, other, ATTEMPT_FAILED);
    keep_greatest(one, other, ATTEMPT_SAVED);
    one->word[ATTEMPT_STEPS] |= other->word[ATTEMPT_STEPS];
    one->word[ATTEMPT_STEP_ERRORS] |= other->word[ATTEMPT_STEP_ERRORS];
    if (time_of(other, ATTEMPT_LAST_STEP_TIME) > time_of(one, ATTEMPT_LAST_STEP_TIME))
        one->word[ATTEMPT_LAST_STEP] = other->word[ATTEMPT_LAST_STEP];
    keep_greatest(one, other, ATTEMPT_LAST_STEP_TIME);
}

static void overlay_cases(struct journey *one, const struct journey *other) {
    for (uint32_t c = CASE_RECEIVED; c <= CASE_REOPENED; c++) keep_least(one, other, c);
    keep_greatest(one, other, CASE_END_LAST);
    one->word[CASE_REQUESTS] += other->word[CASE_REQUESTS];
    one->word[CASE_REOPENINGS] += other->word[CASE_REOPENINGS];
    one->word[CASE_MINUTES] += other->word[CASE_MINUTES];
}

static void overlay_appointments(struct journey *one, const struct journey *other) {
    const int64_t cancelled = time_of(one, APPOINTMENT_COLUMN_CANCELLED);
    const int64_t other_cancelled = time_of(other, APPOINTMENT_COLUMN_CANCELLED);
    uint64_t *by = &one->word[APPOINTMENT_COLUMN_CANCELLED_BY];
    const uint64_t other_by = other->word[APPOINTMENT_COLUMN_CANCELLED_BY];
    if (other_cancelled == cancelled)
        *by = other_by > *by ? other_by : *by;
    else if (other_cancelled != TIME_ABSENT &&
             (cancelled == TIME_ABSENT || other_cancelled < cancelled))
        *by = other_by;
    const int64_t set = time_of(one, APPOINTMENT_COLUMN_START_SET);
    const int64_t other_set = time_of(other, APPOINTMENT_COLUMN_START_SET);
    if (other_set > set)
        one->word[APPOINTMENT_COLUMN_START] = other->word[APPOINTMENT_COLUMN_START];
    if (other_set == set) keep_greatest(one, other, APPOINTMENT_COLUMN_START);
    keep_greatest(one, other, APPOINTMENT_COLUMN_START_SET);
    for (unsigned i = 0; i < FIRSTS; i++) keep_least(one, other, appointment_firsts[i]);
    one->word[APPOINTMENT_COLUMN_RESCHEDULINGS] += other->word[APPOINTMENT_COLUMN_RESCHEDULINGS];
}

bool journey_overlay(struct journey *one, const struct journey *other, uint32_t wanted) {
    if (events_must_tell(one, other, wanted)) return false;
    if (one->purpose == PURPOSE_ATTEMPT) overlay_attempts(one, other);
    if (one->purpose == PURPOSE_CASE) overlay_cases(one, other);
    if (one->purpose == PURPOSE_APPOINTMENT) overlay_appointments(one, other);
    for (unsigned d = 0; d < DIMENSIONS; d++) {
        uint64_t *word = &one->word[dimensions[d]];
        if (*word == 0) *word = other->word[dimensions[d]];
    }
    keep_least(one, other, JOURNEY_FIRST);
    keep_greatest(one, other, JOURNEY_LAST);
    one->word[JOURNEY_EVENTS] += other->word[JOURNEY_EVENTS];
    one->word[JOURNEY_FLAGS] |= other->word[JOURNEY_FLAGS];
    return true;
}

uint32_t journey_combine_columns(enum purpose purpose, uint32_t wanted) {
    uint32_t columns = wanted | 1u << JOURNEY_TENANT | 1u << JOURNEY_SUBJECT | 1u << JOURNEY_FIRST |
                       1u << JOURNEY_LAST | 1u << JOURNEY_EVENTS;
    if (purpose == PURPOSE_CASE && (wanted & PAUSE_COLUMNS) != 0)
        columns |= PAUSE_COLUMNS | PAUSE_MILESTONES;
    if (purpose == PURPOSE_ATTEMPT) columns |= 1u << ATTEMPT_SUBMITTED | 1u << ATTEMPT_LAST_STEP;
    if (purpose == PURPOSE_ATTEMPT && (wanted >> ATTEMPT_LAST_STEP & 1) != 0)
        columns |= 1u << ATTEMPT_LAST_STEP_TIME;
    if (purpose == PURPOSE_APPOINTMENT && (wanted >> APPOINTMENT_COLUMN_START & 1) != 0)
        columns |= 1u << APPOINTMENT_COLUMN_START_SET;
    if (purpose == PURPOSE_APPOINTMENT)
        columns |= 1u << APPOINTMENT_COLUMN_SERVING | 1u << APPOINTMENT_COLUMN_CANCELLED;
    return columns;
}
