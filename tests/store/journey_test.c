/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: whatever the order of arrival, however often events come twice and however the store has
 * flushed and merged meanwhile, journeys are what a plain loop over each subject's events gives.
 * Method: random events of a few hundred subjects, sent in random order in random batches through a
 * store that flushes every few hundred rows; every journey column against an implementation that
 * knows nothing but the definition. */
#include "store/names.h"
#include "tests/sim_disk.h"
#include "tests/store/store_world.h"

enum { EVENTS = 4000, SUBJECTS = 300, STEPS = 9 };

struct fact {
    enum event_type type;
    int64_t time, start;
    uint64_t subject;
    int step, office;
    double minutes;
    bool by_citizen, by_office;
};

static struct fact facts[EVENTS];
static struct sim_disk disk;

static const enum event_type types[] = {TYPE_FORM_STARTED,
                                        TYPE_FORM_STEP,
                                        TYPE_FORM_STEP,
                                        TYPE_FORM_STEP,
                                        TYPE_FORM_ERROR,
                                        TYPE_FORM_SAVED,
                                        TYPE_FORM_SUBMITTED,
                                        TYPE_FORM_FAILED,
                                        TYPE_CASE_RECEIVED,
                                        TYPE_CASE_ACTIVITY,
                                        TYPE_CASE_DECIDED,
                                        TYPE_CASE_CLOSED,
                                        TYPE_CASE_REOPENED,
                                        TYPE_CASE_REQUESTED,
                                        TYPE_CASE_REQUESTED,
                                        TYPE_CASE_REPLIED,
                                        TYPE_CASE_REPLIED,
                                        TYPE_CASE_COMPLETE,
                                        TYPE_CASE_DELIVERED,
                                        TYPE_CASE_WITHDRAWN,
                                        TYPE_APPOINTMENT_CONFIRMED,
                                        TYPE_APPOINTMENT_RESCHEDULED,
                                        TYPE_APPOINTMENT_CANCELLED,
                                        TYPE_APPOINTMENT_CALLED,
                                        TYPE_APPOINTMENT_SHOWEDUP,
                                        TYPE_APPOINTMENT_PARKED,
                                        TYPE_APPOINTMENT_RESUMED,
                                        TYPE_APPOINTMENT_FINISHED,
                                        TYPE_APPOINTMENT_MISSED};

/* few_moments: many events happen in the same one. */
static void make_facts(uint64_t *state, bool few_moments) {
    const uint64_t kinds = sizeof types / sizeof types[0];
    for (int i = 0; i < EVENTS; i++) {
        struct fact *fact = &facts[i];
        *fact = (struct fact){.type = types[test_random(state) % kinds]};
        fact->time = INT64_C(1700000000000) +
                     (int64_t)(test_random(state) % (few_moments ? 3 : 40)) * 97000 +
                     (int64_t)(test_random(state) % (few_moments ? 4 : 200)) * 86400000;
        fact->subject = 1 + test_random(state) % SUBJECTS;
        fact->step = (int)(test_random(state) % STEPS);
        fact->office = (int)(test_random(state) % 4); /* 0: none */
        fact->minutes = (double)(test_random(state) % 90);
        fact->start = fact->time + (int64_t)(test_random(state) % 30) * 3600000;
        fact->by_citizen = test_random(state) % 2;
        fact->by_office = !fact->by_citizen && test_random(state) % 2;
    }
}

static void add_fact(struct batch *batch, int i) {
    const struct fact *fact = &facts[i];
    static char step[32], office[32];
    struct event event = {.time_ms = fact->time, .start_ms = fact->start, .minutes = fact->minutes};
    event.given = 1u << FIELD_ID | 1u << FIELD_TIME | 1u << FIELD_SERVICE | 1u << FIELD_STEP |
                  1u << FIELD_START | 1u << FIELD_MINUTES;
    (void)snprintf(step, sizeof step, "page-%d", fact->step);
    (void)snprintf(office, sizeof office, "office-%d", fact->office);
    event.step = world_slice(step);
    event.service = world_slice("permit");
    if (fact->office > 0) {
        event.given |= 1u << FIELD_OFFICE;
        event.office = world_slice(office);
    }
    if (fact->by_citizen || fact->by_office) {
        event.given |= 1u << FIELD_CODE;
        event.code = world_slice(fact->by_citizen ? "citizen" : "office");
    }
    const struct event_origin origin = {.type = fact->type,
                                        .id = world_id((uint64_t)i),
                                        .subject = fact->subject,
                                        .tenant = world_slice("091620000000"),
                                        .source = world_slice("test"),
                                        .arrival_ms = fact->time};
    struct reject reject;
    EXPECT(batch_append(batch, &event, &origin, &reject));
}

/* ---- the plain definition ---- */

static int64_t extreme(enum purpose purpose, uint64_t subject, uint64_t mask, bool last) {
    int64_t found = TIME_ABSENT;
    for (int i = 0; i < EVENTS; i++) {
        const struct fact *fact = &facts[i];
        if (fact->subject != subject || type_purpose(fact->type) != purpose) continue;
        if ((TYPE_BIT(fact->type) & mask) == 0) continue;
        if (found == TIME_ABSENT || (last ? fact->time > found : fact->time < found))
            found = fact->time;
    }
    return found;
}

static int by_time(const void *a, const void *b) {
    const int64_t left = ((const struct fact *)a)->time, right = ((const struct fact *)b)->time;
    return left < right ? -1 : left > right;
}

static int events_of(enum purpose purpose, uint64_t subject, struct fact *out) {
    int count = 0;
    for (int i = 0; i < EVENTS; i++) {
        if (facts[i].subject == subject && type_purpose(facts[i].type) == purpose)
            out[count++] = facts[i];
    }
    qsort(out, (size_t)count, sizeof *out, by_time);
    return count;
}

static uint64_t naive_active(const struct fact *events, int count, int64_t submitted) {
    uint64_t active = 0;
    for (int i = 1; i < count; i++) {
        if (submitted != TIME_ABSENT && events[i].time > submitted) break;
        const int64_t gap = events[i].time - events[i - 1].time;
        active += (uint64_t)(gap > 300000 ? 300000 : gap);
    }
    return active;
}

static int naive_last_step(const struct fact *events, int count) {
    int last = -1;
    int64_t when = TIME_ABSENT;
    for (int i = 0; i < count; i++) {
        if (events[i].type != TYPE_FORM_STEP) continue;
        if (last < 0 || events[i].time > when || events[i].step > last) last = events[i].step;
        when = events[i].time;
    }
    return last;
}

static int naive_office(const struct fact *events, int count) {
    int office = 0;
    int64_t when = TIME_ABSENT;
    for (int i = 0; i < count; i++) {
        if (events[i].office == 0) continue;
        if (office == 0) when = events[i].time;
        if (office == 0 || (events[i].time == when && events[i].office < office))
            office = events[i].office;
    }
    return office;
}

static uint64_t naive_minutes(const struct fact *events, int count) {
    uint64_t sum = 0;
    for (int i = 0; i < count; i++) sum += (uint64_t)events[i].minutes * 1000000;
    return sum;
}

/* Pauses as a list, moment by moment: a reply ends what is open, a request begins one unless there
 * was a reply in the same moment. The last may be open: it ends in INT64_MAX. */
struct pause {
    int64_t begin, end;
};

static int naive_pauses(const struct fact *events, int count, struct pause *out) {
    int pauses = 0;
    for (int i = 0; i < count;) {
        int next = i;
        bool requested = false, replied = false;
        for (; next < count && events[next].time == events[i].time; next++) {
            requested |= events[next].type == TYPE_CASE_REQUESTED;
            replied |= events[next].type == TYPE_CASE_REPLIED;
        }
        const bool open = pauses > 0 && out[pauses - 1].end == INT64_MAX;
        if (open && replied) out[pauses - 1].end = events[i].time;
        if (!open && requested && !replied)
            out[pauses++] = (struct pause){events[i].time, INT64_MAX};
        i = next;
    }
    return pauses;
}

static uint64_t paused_between(const struct pause *pauses, int count, int64_t from, int64_t to) {
    uint64_t sum = 0;
    for (int i = 0; i < count; i++) {
        const int64_t begin = pauses[i].begin > from ? pauses[i].begin : from;
        const int64_t end = pauses[i].end < to ? pauses[i].end : to;
        if (end > begin) sum += (uint64_t)(end - begin);
    }
    return sum;
}

static int64_t naive_stop(uint64_t subject) {
    static const enum event_type completions[] = {TYPE_CASE_DECIDED, TYPE_CASE_DELIVERED,
                                                  TYPE_CASE_CLOSED};
    const uint64_t others = TYPE_BIT(TYPE_CASE_WITHDRAWN) | TYPE_BIT(TYPE_CASE_FORWARDED) |
                            TYPE_BIT(TYPE_CASE_REJECTED);
    const int64_t other = extreme(PURPOSE_CASE, subject, others, false);
    int64_t end = TIME_ABSENT;
    for (int i = 0; i < 3 && end == TIME_ABSENT; i++)
        end = extreme(PURPOSE_CASE, subject, TYPE_BIT(completions[i]), false);
    if (end == TIME_ABSENT || (other != TIME_ABSENT && other < end)) return other;
    return end;
}

static int64_t naive_start(const struct fact *events, int count) {
    int64_t start = TIME_ABSENT, when = TIME_ABSENT;
    for (int i = 0; i < count; i++) {
        const enum event_type type = events[i].type;
        if (type != TYPE_APPOINTMENT_CONFIRMED && type != TYPE_APPOINTMENT_RESCHEDULED) continue;
        if (events[i].time != when || events[i].start > start) start = events[i].start;
        when = events[i].time;
    }
    return start;
}

/* Moment by moment: an end closes what is open; a beginning opens unless something ended then. The
 * column holds 49 days. */
static uint64_t naive_service(const struct fact *events, int count) {
    uint64_t sum = 0;
    int64_t since = TIME_ABSENT;
    for (int i = 0; i < count;) {
        int next = i;
        bool begins = false, ends = false;
        for (; next < count && events[next].time == events[i].time; next++) {
            const enum event_type type = events[next].type;
            begins |= type == TYPE_APPOINTMENT_SHOWEDUP || type == TYPE_APPOINTMENT_RESUMED;
            ends |= type == TYPE_APPOINTMENT_FINISHED || type == TYPE_APPOINTMENT_PARKED;
        }
        if (ends && since != TIME_ABSENT) sum += (uint64_t)(events[i].time - since);
        if (ends) since = TIME_ABSENT;
        if (begins && !ends && since == TIME_ABSENT) since = events[i].time;
        i = next;
    }
    return sum < UINT32_MAX ? sum : UINT32_MAX;
}

/* ---- comparing ---- */

static const char *text_of(const struct snapshot *snapshot, uint32_t code) {
    size_t size;
    return dictionary_text(snapshot_dictionary(snapshot), code, &size);
}

static uint64_t word(const struct journey_block *block, enum purpose purpose, uint32_t column,
                     uint32_t row) {
    const void *values = block->column[column];
    switch (column_kind_bytes(journey_column_kind(purpose, column))) {
        case 1: return ((const uint8_t *)values)[row];
        case 4: return ((const uint32_t *)values)[row];
        default: return ((const uint64_t *)values)[row];
    }
}

static void compare_attempt(const struct snapshot *snapshot, const struct journey_block *block,
                            uint32_t row, const struct fact *events, int count) {
    const enum purpose purpose = PURPOSE_ATTEMPT;
    const uint64_t subject = word(block, purpose, JOURNEY_SUBJECT, row);
    const uint32_t tenant = (uint32_t)word(block, purpose, JOURNEY_TENANT, row);
    const uint32_t service = (uint32_t)word(block, purpose, JOURNEY_SERVICE, row);
    const int64_t submitted = extreme(purpose, subject, TYPE_BIT(TYPE_FORM_SUBMITTED), false);
    EXPECT_EQ(word(block, purpose, ATTEMPT_SUBMITTED, row), submitted);
    EXPECT_EQ(word(block, purpose, ATTEMPT_SAVED, row),
              extreme(purpose, subject, TYPE_BIT(TYPE_FORM_SAVED), true));
    EXPECT_EQ(word(block, purpose, ATTEMPT_ACTIVE_MS, row), naive_active(events, count, submitted));
    const uint64_t steps = word(block, purpose, ATTEMPT_STEPS, row);
    const uint64_t errors = word(block, purpose, ATTEMPT_STEP_ERRORS, row);
    for (int step = 0; step < STEPS; step++) {
        char name[32];
        bool entered = false, failed = false, bit = false, error_bit = false;
        (void)snprintf(name, sizeof name, "page-%d", step);
        for (int i = 0; i < count; i++) {
            entered |= events[i].type == TYPE_FORM_STEP && events[i].step == step;
            failed |= events[i].type == TYPE_FORM_ERROR && events[i].step == step;
        }
        for (uint32_t o = 0; o < snapshot_step_count(snapshot, tenant, service); o++) {
            if (strcmp(text_of(snapshot, snapshot_step(snapshot, tenant, service, o)), name) != 0)
                continue;
            bit = steps >> o & 1;
            error_bit = errors >> o & 1;
        }
        EXPECT_EQ(bit, entered);
        EXPECT_EQ(error_bit, failed);
    }
    const uint32_t last = (uint32_t)word(block, purpose, ATTEMPT_LAST_STEP, row);
    char expected[32] = "";
    const int naive = naive_last_step(events, count);
    if (naive >= 0) (void)snprintf(expected, sizeof expected, "page-%d", naive);
    EXPECT_TEXT(
        last == 0 ? "" : text_of(snapshot, snapshot_step(snapshot, tenant, service, last - 1)),
        expected);
}

static void compare_pauses(const struct journey_block *block, uint32_t row,
                           const struct fact *events, int count) {
    static struct pause pauses[EVENTS];
    const enum purpose purpose = PURPOSE_CASE;
    const uint64_t subject = word(block, purpose, JOURNEY_SUBJECT, row);
    const int64_t received = extreme(purpose, subject, TYPE_BIT(TYPE_CASE_RECEIVED), false);
    const int64_t complete = extreme(purpose, subject, TYPE_BIT(TYPE_CASE_COMPLETE), false);
    const int64_t stop = naive_stop(subject);
    int pause_count = naive_pauses(events, count, pauses);
    const int64_t open = pause_count > 0 && pauses[pause_count - 1].end == INT64_MAX
                             ? pauses[pause_count - 1].begin
                             : TIME_ABSENT;
    EXPECT_EQ(
        word(block, purpose, CASE_PAUSED_COMPLETE, row),
        complete == TIME_ABSENT ? 0 : paused_between(pauses, pause_count, received, complete));
    if (stop != TIME_ABSENT) {
        EXPECT_EQ(word(block, purpose, CASE_PAUSED, row),
                  paused_between(pauses, pause_count, received, stop));
        EXPECT_EQ(word(block, purpose, CASE_PAUSED_SINCE, row), TIME_ABSENT);
        return;
    }
    if (open != TIME_ABSENT) pause_count--;
    EXPECT_EQ(word(block, purpose, CASE_PAUSED, row),
              paused_between(pauses, pause_count, received, INT64_MAX));
    EXPECT_EQ(word(block, purpose, CASE_PAUSED_SINCE, row),
              open == TIME_ABSENT || open > received ? open : received);
}

static void compare_case(const struct journey_block *block, uint32_t row, const struct fact *events,
                         int count) {
    const enum purpose purpose = PURPOSE_CASE;
    const uint64_t subject = word(block, purpose, JOURNEY_SUBJECT, row);
    const uint64_t ends = TYPE_BIT(TYPE_CASE_DECIDED) | TYPE_BIT(TYPE_CASE_DELIVERED) |
                          TYPE_BIT(TYPE_CASE_CLOSED) | TYPE_BIT(TYPE_CASE_WITHDRAWN);
    compare_pauses(block, row, events, count);
    EXPECT_EQ(word(block, purpose, CASE_RECEIVED, row),
              extreme(purpose, subject, TYPE_BIT(TYPE_CASE_RECEIVED), false));
    EXPECT_EQ(word(block, purpose, CASE_DECIDED, row),
              extreme(purpose, subject, TYPE_BIT(TYPE_CASE_DECIDED), false));
    EXPECT_EQ(word(block, purpose, CASE_END_LAST, row), extreme(purpose, subject, ends, true));
    EXPECT_EQ(word(block, purpose, CASE_MINUTES, row), naive_minutes(events, count));
    uint64_t requests = 0;
    for (int i = 0; i < count; i++) requests += events[i].type == TYPE_CASE_REQUESTED;
    EXPECT_EQ(word(block, purpose, CASE_REQUESTS, row), requests);
}

static void compare_appointment(const struct journey_block *block, uint32_t row,
                                const struct fact *events, int count) {
    const enum purpose purpose = PURPOSE_APPOINTMENT;
    const uint64_t subject = word(block, purpose, JOURNEY_SUBJECT, row);
    const int64_t cancelled =
        extreme(purpose, subject, TYPE_BIT(TYPE_APPOINTMENT_CANCELLED), false);
    EXPECT_EQ(word(block, purpose, APPOINTMENT_COLUMN_CANCELLED, row), cancelled);
    EXPECT_EQ(word(block, purpose, APPOINTMENT_COLUMN_START, row), naive_start(events, count));
    EXPECT_EQ(word(block, purpose, APPOINTMENT_COLUMN_SERVICE_MS, row),
              naive_service(events, count));
    uint64_t party = PARTY_ABSENT;
    for (int i = 0; i < count; i++) {
        if (events[i].type != TYPE_APPOINTMENT_CANCELLED || events[i].time != cancelled) continue;
        const uint64_t said = events[i].by_citizen  ? PARTY_CITIZEN
                              : events[i].by_office ? PARTY_OFFICE
                                                    : PARTY_ABSENT;
        if (said > party) party = said;
    }
    EXPECT_EQ(word(block, purpose, APPOINTMENT_COLUMN_CANCELLED_BY, row), party);
}

static void compare_row(const struct snapshot *snapshot, enum purpose purpose,
                        const struct journey_block *block, uint32_t row) {
    static struct fact events[EVENTS];
    const uint64_t subject = word(block, purpose, JOURNEY_SUBJECT, row);
    const int count = events_of(purpose, subject, events);
    char office[32] = "";
    const int naive = naive_office(events, count);
    if (naive > 0) (void)snprintf(office, sizeof office, "office-%d", naive);
    EXPECT_EQ(word(block, purpose, JOURNEY_EVENTS, row), count);
    EXPECT_EQ(word(block, purpose, JOURNEY_FIRST, row), events[0].time);
    EXPECT_EQ(word(block, purpose, JOURNEY_LAST, row), events[count - 1].time);
    EXPECT_TEXT(text_of(snapshot, (uint32_t)word(block, purpose, JOURNEY_OFFICE, row)), office);
    if (purpose == PURPOSE_ATTEMPT) compare_attempt(snapshot, block, row, events, count);
    if (purpose == PURPOSE_CASE) compare_case(block, row, events, count);
    if (purpose == PURPOSE_APPOINTMENT) compare_appointment(block, row, events, count);
}

/* next_piece: as of the scans; the first of them takes all pieces. */
static uint64_t compare_parts(struct snapshot *snapshot, enum purpose purpose, uint32_t parts,
                              _Atomic uint32_t *next_piece) {
    uint64_t rows = 0;
    bool seen[SUBJECTS + 1] = {false}; /* over all parts of the work */
    for (uint32_t part = 0; part < parts; part++) {
        struct arena arena;
        arena_init(&arena, 256u << 20);
        struct journey_scan *scan;
        struct journey_scan_spec spec = {
            .purpose = purpose, .part = part, .part_count = parts, .next_piece = next_piece};
        for (uint32_t c = 0; c < journey_column_count(purpose); c++) spec.columns |= 1u << c;
        struct journey_block block;
        EXPECT_OK(journey_scan_open(snapshot, &spec, &arena, &scan, NULL));
        for (;;) {
            EXPECT_OK(journey_scan_next(scan, &block, NULL));
            if (block.row_count == 0) break;
            for (uint32_t row = 0; row < block.row_count && test_failures < 20; row++) {
                const uint64_t subject = word(&block, purpose, JOURNEY_SUBJECT, row);
                EXPECT(subject >= 1 && subject <= SUBJECTS && !seen[subject]); /* each once */
                seen[subject] = true;
                compare_row(snapshot, purpose, &block, row);
            }
            rows += block.row_count;
        }
        arena_free(&arena);
    }
    return rows;
}

static uint64_t compare_purpose(struct snapshot *snapshot, enum purpose purpose, uint32_t parts) {
    _Atomic uint32_t next_piece = 0;
    const uint64_t rows = compare_parts(snapshot, purpose, parts, NULL);
    EXPECT_EQ(compare_parts(snapshot, purpose, parts, &next_piece), rows);
    return rows;
}

static bool says(enum purpose purpose, uint32_t column, bool seen, uint64_t known, uint64_t found) {
    if (!seen) return found == known;
    EXPECT_EQ(journey_column_kind(purpose, column), KIND_TIME);
    return (found == (uint64_t)TIME_ABSENT) == (known == (uint64_t)TIME_ABSENT) &&
           (found == known || found == (uint64_t)TIME_SOME);
}

static uint32_t time_columns(enum purpose purpose) {
    uint32_t columns = 0;
    for (uint32_t c = 0; c < journey_column_count(purpose); c++)
        if (journey_column_kind(purpose, c) == KIND_TIME) columns |= 1u << c;
    return columns;
}

/* Whichever columns are asked for, and of whichever only whether there is a time, they are the
 * same: by what a scan of all columns found. */
static void compare_some_columns(struct snapshot *snapshot, enum purpose purpose, uint64_t *state) {
    static uint64_t all[SUBJECTS + 1][JOURNEY_COLUMN_COUNT_MAX];
    const uint32_t every = (uint32_t)((UINT64_C(1) << journey_column_count(purpose)) - 1);
    for (int run = 0; run < 40; run++) {
        struct arena arena;
        arena_init(&arena, 256u << 20);
        struct journey_scan *scan;
        struct journey_scan_spec spec = {.purpose = purpose, .columns = every};
        if (run > 0)
            spec.columns = (1u << JOURNEY_SUBJECT) |
                           (every & (uint32_t)test_random(state) & (uint32_t)test_random(state));
        if (run % 2 == 1) spec.seen_columns = time_columns(purpose) & (uint32_t)test_random(state);
        struct journey_block block;
        EXPECT_OK(journey_scan_open(snapshot, &spec, &arena, &scan, NULL));
        for (;;) {
            EXPECT_OK(journey_scan_next(scan, &block, NULL));
            if (block.row_count == 0) break;
            for (uint32_t row = 0; row < block.row_count && test_failures < 20; row++) {
                uint64_t *known = all[word(&block, purpose, JOURNEY_SUBJECT, row)];
                for (uint32_t c = 0; c < journey_column_count(purpose); c++) {
                    if ((spec.columns >> c & 1) == 0) continue;
                    const uint64_t found = word(&block, purpose, c, row);
                    if (run == 0) known[c] = found;
                    if (!says(purpose, c, spec.seen_columns >> c & 1, known[c], found))
                        test_fail(__FILE__, __LINE__, "%s of columns %x",
                                  journey_column_text(purpose, c), spec.columns);
                }
            }
        }
        arena_free(&arena);
    }
}

static uint64_t naive_subjects(enum purpose purpose) {
    uint64_t count = 0;
    for (uint64_t subject = 1; subject <= SUBJECTS; subject++)
        count += extreme(purpose, subject, UINT64_MAX, false) != TIME_ABSENT;
    return count;
}

static void one_history(uint64_t seed) {
    uint64_t state = seed;
    make_facts(&state, seed % 2 == 0);
    sim_disk_init(&disk, seed, UINT64_MAX);
    const struct store_options options = {.folder = "/sim",
                                          .io = &disk.io,
                                          .run_rows = 100 + (uint32_t)(seed % 7) * 40,
                                          .flush_rows = 300 + (uint32_t)(seed % 3) * 200};
    struct store *store;
    EXPECT_OK(store_open(&options, &store, NULL));
    struct batch *batch = batch_create();
    static int order[EVENTS * 2];
    for (int i = 0; i < EVENTS * 2; i++) order[i] = i % EVENTS; /* everything twice */
    for (int i = EVENTS * 2 - 1; i > 0; i--) {
        const int other = (int)(test_random(&state) % (uint64_t)(i + 1));
        const int kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    for (int i = 0; i < EVENTS * 2;) {
        batch_clear(batch);
        const int end = i + 1 + (int)(test_random(&state) % 120);
        for (; i < end && i < EVENTS * 2; i++) add_fact(batch, order[i]);
        EXPECT_OK(store_write(store, batch, NULL));
        if (test_random(&state) % 4 != 0) continue;
        struct snapshot *early; /* sorts a piece of the tail */
        EXPECT_OK(store_snapshot(store, &early, NULL));
        snapshot_release(early);
    }
    for (int reopened = 0; reopened < 3; reopened++) {
        struct snapshot *snapshot;
        if (reopened == 2) EXPECT_OK(store_compact(store, NULL, NULL, NULL));
        EXPECT_OK(store_snapshot(store, &snapshot, NULL));
        struct snapshot_stats stats;
        snapshot_stats(snapshot, &stats);
        EXPECT_EQ(stats.event_count, EVENTS);
        if (reopened == 2) EXPECT_EQ(stats.segment_count, 1);
        const uint32_t parts = 1 + (uint32_t)(seed + (uint64_t)reopened) % 3;
        EXPECT_EQ(compare_purpose(snapshot, PURPOSE_ATTEMPT, parts),
                  naive_subjects(PURPOSE_ATTEMPT));
        EXPECT_EQ(compare_purpose(snapshot, PURPOSE_CASE, parts), naive_subjects(PURPOSE_CASE));
        EXPECT_EQ(compare_purpose(snapshot, PURPOSE_APPOINTMENT, parts),
                  naive_subjects(PURPOSE_APPOINTMENT));
        for (enum purpose p = PURPOSE_ATTEMPT; p <= PURPOSE_APPOINTMENT; p++)
            compare_some_columns(snapshot, p, &state);
        snapshot_release(snapshot);
        store_close(store);
        if (reopened < 2) EXPECT_OK(store_open(&options, &store, NULL));
    }
    batch_free(batch);
    sim_disk_free(&disk);
}

TEST(journeys_are_what_a_plain_loop_over_the_events_gives) {
    for (uint64_t seed = 1; seed <= 6 && test_failures == 0; seed++) one_history(seed);
}

/* ---- large parts ---- */

enum { CASES = 20000, CASES_PER_BATCH = 2500, PARTS_MAX = 3 };

static uint8_t seen_cases[CASES + 2];

static void see_cases(const struct journey_block *block) {
    for (uint32_t row = 0; row < block->row_count && test_failures < 5; row++) {
        const uint64_t number =
            world_subject_number(word(block, PURPOSE_CASE, JOURNEY_SUBJECT, row));
        EXPECT(number >= 1 && number <= CASES);
        if (number < 1 || number > CASES) continue;
        seen_cases[number]++;
        int64_t first = INT64_MAX;
        for (uint64_t n = (number - 1) * 5; n < number * 5; n++)
            if (n % 3 != 0 && world_time(n) < first) first = world_time(n);
        EXPECT_EQ(word(block, PURPOSE_CASE, JOURNEY_FIRST, row), first);
    }
}

/* Every case of the tenants asked for once, with its own columns, and none of another: of scans
 * that take turns. next_piece: as of the scans. */
static void expect_each_case_once(struct snapshot *snapshot, uint32_t parts, uint32_t tenant,
                                  _Atomic uint32_t *next_piece) {
    struct arena arena[PARTS_MAX];
    struct journey_scan *scan[PARTS_MAX];
    struct journey_block block;
    memset(seen_cases, 0, sizeof seen_cases);
    for (uint32_t part = 0; part < parts; part++) {
        arena_init(&arena[part], 64u << 20);
        const struct journey_scan_spec spec = {
            .purpose = PURPOSE_CASE,
            .columns = 1u << JOURNEY_SUBJECT | 1u << JOURNEY_TENANT | 1u << JOURNEY_FIRST,
            .tenants = &tenant,
            .tenant_count = tenant == 0 ? 0 : 1,
            .part = part,
            .part_count = parts,
            .next_piece = next_piece};
        EXPECT_OK(journey_scan_open(snapshot, &spec, &arena[part], &scan[part], NULL));
    }
    for (uint32_t ended = 0; ended < parts;) {
        ended = 0;
        for (uint32_t part = 0; part < parts; part++) {
            EXPECT_OK(journey_scan_next(scan[part], &block, NULL));
            see_cases(&block);
            ended += block.row_count == 0;
        }
    }
    for (uint32_t part = 0; part < parts; part++) arena_free(&arena[part]);
    const uint32_t first_tenant =
        dictionary_find(snapshot_dictionary(snapshot), "091620000000", 12);
    for (uint32_t number = 1; number <= CASES && test_failures < 5; number++) {
        const bool of_first = (number - 1) % 3 == 0;
        const bool wanted = tenant == 0 || of_first == (tenant == first_tenant);
        EXPECT_EQ(seen_cases[number], wanted);
    }
}

/* More journeys than a block holds, in one part or in several, whole or shared among threads, of
 * one tenant or of all. */
TEST(each_journey_comes_once_from_large_parts) {
    for (uint32_t flush_rows = 15000; flush_rows <= 60000; flush_rows += 45000) {
        sim_disk_init(&disk, 1, UINT64_MAX);
        const struct store_options options = {
            .folder = "/sim", .io = &disk.io, .run_rows = flush_rows, .flush_rows = flush_rows};
        struct store *store;
        EXPECT_OK(store_open(&options, &store, NULL));
        struct batch *batch = batch_create();
        for (uint64_t n = 0; n < CASES; n += CASES_PER_BATCH) {
            batch_clear(batch);
            for (uint64_t i = n * 5; i < (n + CASES_PER_BATCH) * 5; i++) {
                if (i % 3 != 0) world_add(batch, i); /* those of cases */
            }
            EXPECT_OK(store_write(store, batch, NULL));
        }
        batch_free(batch);
        store_close(store); /* everything into segments */
        EXPECT_OK(store_open(&options, &store, NULL));
        struct snapshot *snapshot;
        EXPECT_OK(store_snapshot(store, &snapshot, NULL));
        const struct dictionary *names = snapshot_dictionary(snapshot);
        const uint32_t tenants[] = {0, dictionary_find(names, "091620000000", 12),
                                    dictionary_find(names, "091620000001", 12)};
        for (uint32_t parts = 1; parts <= PARTS_MAX; parts++) {
            for (int t = 0; t < 3; t++) {
                _Atomic uint32_t next_piece = 0;
                expect_each_case_once(snapshot, parts, tenants[t], NULL);
                expect_each_case_once(snapshot, parts, tenants[t], &next_piece);
            }
        }
        snapshot_release(snapshot);
        store_close(store);
        sim_disk_free(&disk);
    }
}
