/* SPDX-License-Identifier: EUPL-1.2 */
/* Question: how many events a second does one core take in, before the store, and which step takes
 * the time?
 * Sketch: a line of the sample has about 230 bytes and 10 members. Finding its quotes is 4 steps of
 * 64 bytes, near 10 ns; a member is a load, a multiplication and a store, 2 ns. Judging an event
 * and writing a row is some 8 look-ups of a short text in a cache, 3 ns each, as many hashes, and
 * 20 stores. Two SipHashes are 30 rounds of 3 ns, if they wait for each other. So about 15 M
 * events/s as events, 6 M as rows; below 5 M/s HTTP would wait for the decoder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "benchmarks/bench.h"
#include "benchmarks/bench_sample.h"
#include "ingest/decode_cloudevents.h"
#include "ingest/decode_ndjson.h"
#include "ingest/line_index.h"

#define NOW_MS INT64_C(1790000000000)
enum { ROWS_A_BODY = 1000 };

/* A body as it came from the network: in the cache. So few events, and many runs. */

/* ---- the steps, each with all before it ---- */

static uint64_t scan(const struct text *body, struct admission *admission) {
    (void)admission;
    static struct line_index index;
    const char *at = body->bytes, *end = at + body->size;
    uint64_t hash = 0;
    while (line_index_make(at, end, &index)) {
        hash += index.quote_count;
        at += index.size + 1;
    }
    return hash;
}

/* Calls `each` for every line that is an event. */
static inline uint64_t decode_lines(const struct text *body, struct admission *admission,
                                    uint64_t (*each)(const struct event *, struct admission *)) {
    static struct event_draft line;
    uint64_t hash = 0;
    for (const char *at = body->bytes, *end = at + body->size; at < end;) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        CHECK(decode_ndjson_line(at, (size_t)(feed - at), (size_t)(end - at), admission, &line));
        hash = hash * 31 + each(&line.event, admission);
        at = feed + 1;
    }
    return hash;
}

static uint64_t only_decoded(const struct event *event, struct admission *admission) {
    (void)admission;
    return (uint64_t)event->time_ms + event->id.size;
}

static uint64_t validated(const struct event *event, struct admission *admission) {
    enum event_type type;
    struct reject reject;
    CHECK(event_validate(event, admission->now_ms, &type, &reject));
    return (uint64_t)type;
}

static uint64_t pseudonymous(const struct event *event, struct admission *admission) {
    struct pseudonym_source *source = &admission->source;
    uint64_t hash = pseudonym_event_id(source, event->id.bytes, event->id.size).low;
    if ((event->given >> FIELD_SUBJECT & 1) == 0) return hash;
    return hash ^ pseudonym_subject(admission->pseudonyms, PURPOSE_CASE, event->tenant.bytes,
                                    event->tenant.size, event->time_ms, event->subject.bytes,
                                    event->subject.size);
}

static uint64_t to_event(const struct text *body, struct admission *admission) {
    return decode_lines(body, admission, only_decoded);
}

static uint64_t to_valid(const struct text *body, struct admission *admission) {
    return decode_lines(body, admission, validated);
}

static uint64_t to_pseudonyms(const struct text *body, struct admission *admission) {
    admission->source = pseudonym_source(admission->pseudonyms, "bench", 5);
    return decode_lines(body, admission, pseudonymous);
}

/* Where a body ends that begins at `at`. */
static size_t body_end(const struct text *body, size_t at) {
    for (int i = 0; i < ROWS_A_BODY && at < body->size; i++) {
        const char *feed = memchr(body->bytes + at, '\n', body->size - at);
        at = (size_t)(feed - body->bytes) + 1;
    }
    return at;
}

static uint64_t to_batch(const struct text *body, struct admission *admission) {
    static size_t ends[1 << 10]; /* of the bodies, found in the first run, which does not count */
    uint64_t hash = 0;
    size_t number = 0;
    for (size_t at = 0; at < body->size; number = (number + 1) % (sizeof ends / sizeof *ends)) {
        uint32_t position = 0;
        if (ends[number] <= at) ends[number] = body_end(body, at);
        at += decode_ndjson(body->bytes + at, ends[number] - at, false, &position, admission);
        const struct batch *batch = admission->batch;
        for (uint32_t row = 0; row < batch->row_count; row++) hash += batch->content[row];
        batch_clear(admission->batch);
    }
    CHECK(admission->rejected == 0);
    return hash;
}

/* The same events as CloudEvents, in arrays of ROWS_A_BODY: their attributes, and the rest as data.
 */
static void make_arrays(const struct text *body, struct text *arrays) {
    static const char attributes[] = "id time type subject tenant service office channel";
    uint64_t count = 0;
    text_init(arrays, SIZE_MAX / 2);
    for (const char *at = body->bytes, *end = at + body->size; at < end; count++) {
        char data[1024] = "";
        text_add_string(arrays, count % ROWS_A_BODY == 0 ? "[" : ",");
        text_add_string(arrays, "{\"specversion\":\"1.0\",\"source\":\"bench\"");
        for (at++; at[-1] != '}'; at++) { /* a member, up to its comma or the brace */
            const char *name_end = strchr(at + 1, '"');
            const char *value = name_end + 2;
            const char *behind = *value == '"' ? strchr(value + 1, '"') + 1 : strpbrk(value, ",}");
            char name[16];
            (void)snprintf(name, sizeof name, "%.*s", (int)(name_end - at - 1), at + 1);
            if (strstr(attributes, name) != NULL) {
                text_add_string(arrays, ",");
                text_add(arrays, at, (size_t)(behind - at));
            } else {
                size_t used = strlen(data);
                (void)snprintf(data + used, sizeof data - used, "%s%.*s", used > 0 ? "," : "",
                               (int)(behind - at), at);
            }
            at = behind;
        }
        at++;
        if (data[0] != '\0') text_add_format(arrays, ",\"data\":{%s}", data);
        text_add_string(arrays, "}");
        if (count % ROWS_A_BODY == ROWS_A_BODY - 1 || at == end) text_add_string(arrays, "]\n");
    }
    CHECK(!arrays->failed);
}

static uint64_t from_cloudevents(const struct text *arrays, struct admission *admission) {
    uint64_t hash = 0;
    for (const char *at = arrays->bytes, *end = at + arrays->size; at < end;) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        CHECK(decode_cloudevents_batch(at, (size_t)(feed - at), admission, NULL) == STATUS_OK);
        const struct batch *batch = admission->batch;
        for (uint32_t row = 0; row < batch->row_count; row++) hash += batch->content[row];
        batch_clear(admission->batch);
        at = feed + 1;
    }
    CHECK(admission->rejected == 0);
    return hash;
}

/* ---- the whole ---- */

static const struct {
    const char *name;
    uint64_t (*run)(const struct text *body, struct admission *admission);
} steps[] = {
    {"decode/scan", scan},
    {"decode/to events", to_event},
    {"decode/to valid events", to_valid},
    {"decode/to events and pseudonyms", to_pseudonyms},
    {"decode/to batches of 1,000", to_batch},
    {"decode/from CloudEvents", from_cloudevents},
};
enum { STEPS = sizeof steps / sizeof steps[0] };

static void measure(struct admission *admission) {
    struct text body, arrays;
    uint64_t events = bench_size(2000, 20000), best_ns[STEPS], hash[STEPS];
    bench_sample_body(&body, events);
    make_arrays(&body, &arrays);
    for (int step = 0; step < STEPS; step++) best_ns[step] = UINT64_MAX;
    for (uint64_t run = 0; run < bench_size(2, 60); run++) {
        for (int step = 0; step < STEPS; step++) {
            uint64_t start_ns = bench_now_ns();
            const bool cloud = steps[step].run == from_cloudevents;
            hash[step] = steps[step].run(cloud ? &arrays : &body, admission);
            uint64_t elapsed_ns = bench_now_ns() - start_ns;
            if (run > 0 && elapsed_ns < best_ns[step]) best_ns[step] = elapsed_ns;
        }
    }
    for (int step = 0; step < STEPS; step++) {
        const bool cloud = steps[step].run == from_cloudevents;
        const bool keyed = step > 2; /* by keys that are new in every run */
        bench_report(steps[step].name, events, cloud ? arrays.size : body.size, best_ns[step],
                     keyed ? 0 : hash[step]);
    }
    text_free(&arrays);
    text_free(&body);
}

int main(void) {
    char folder[] = "/tmp/pegel-bench-XXXXXX", path[64];
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/keys", folder);
    static const char *const tenants[] = {"*"};
    const struct token_grant grant = {.source = "bench", .tenant_count = 1, .tenants = tenants};
    const struct clock clock = clock_fixed(NOW_MS);
    struct admission admission = {.grant = &grant, .now_ms = NOW_MS, .batch = batch_create()};
    CHECK(admission.batch != NULL);
    CHECK(pseudonyms_open(path, &clock, &admission.pseudonyms, NULL) == STATUS_OK);
    measure(&admission);
    batch_free(admission.batch);
    admission_free(&admission);
    pseudonyms_close(admission.pseudonyms);
    (void)unlink(path);
    (void)rmdir(folder);
    return 0;
}
