/* SPDX-License-Identifier: EUPL-1.2 */
/* Question: how many events a second does one core take in, before the store?
 * Sketch: a line has about 240 bytes and 12 members. Finding its end and its quotes costs some 30
 * steps of 16 bytes, each member perhaps 5 ns more, a row of the batch 50 to 100 ns (a dozen cells,
 * five strings), pseudonyms 2 x 20 ns of SipHash. So about 5 M events/s decoded, 3 M/s admitted;
 * below 2.5 M/s HTTP would wait for the decoder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "benchmarks/bench.h"
#include "ingest/decode_ndjson.h"

#define NOW_MS INT64_C(1790000000000)

static uint64_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static void add_event(struct text *body, uint64_t number, uint64_t *seed) {
    static const char *const types[] = {"form.step", "case.activity", "appointment.arrived",
                                        "form.error", "case.decided"};
    static const char *const offices[] = {"buergerbuero", "kfz", "bauamt", "standesamt"};
    static const char *const channels[] = {"online", "counter", "phone"};
    uint64_t random = next_random(seed);
    text_add_format(body, "{\"id\":\"%08llx-%06llx\",\"time\":\"",
                    (unsigned long long)next_random(seed), (unsigned long long)number);
    text_add_utc(body, NOW_MS - (int64_t)(random % 2000000000));
    text_add_format(body,
                    "\",\"type\":\"%s\",\"subject\":\"s-%012llx\",\"tenant\":\"%s\",\"service\":"
                    "\"990500121%02llu000\",\"office\":\"%s\",\"channel\":\"%s\",\"step\":"
                    "\"step-%llu\",\"lang\":\"de\",\"device\":\"mobile\",\"minutes\":%llu}\n",
                    types[random % 5], (unsigned long long)next_random(seed),
                    random % 3 == 0 ? "091620000000" : "110000000000",
                    (unsigned long long)(random % 40), offices[random / 8 % 4],
                    channels[random / 64 % 3], (unsigned long long)(random / 128 % 9),
                    (unsigned long long)(random % 30));
}

static uint64_t decode_only(const struct text *body, const struct admission *admission) {
    static struct ndjson_line line;
    uint64_t hash = 0;
    for (const char *at = body->bytes, *end = at + body->size; at < end;) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        if (decode_ndjson_line(at, (size_t)(feed - at), admission, &line))
            hash = hash * 31 + (uint64_t)line.event.time_ms + line.event.subject.size;
        at = feed + 1;
    }
    return hash;
}

/* Times without pseudonyms: their share is that of the ids and subjects alone. */
static uint64_t pseudonyms_only(const struct admission *admission, uint64_t events) {
    uint64_t hash = 0;
    char text[20] = "s-0123456789ab";
    for (uint64_t i = 0; i < events; i++) {
        memcpy(text + 2, &i, sizeof i);
        hash ^= pseudonym_event_id(admission->pseudonyms, "bench", 5, text, 14).low;
        hash ^= pseudonym_subject(admission->pseudonyms, PURPOSE_CASE, "091620000000", 12, NOW_MS,
                                  text, 14);
    }
    return hash;
}

static uint64_t decode_and_admit(const struct text *body, struct admission *admission) {
    uint64_t hash = 0;
    uint32_t position = 0;
    for (size_t at = 0; at < body->size;) {
        at += decode_ndjson(body->bytes + at, body->size - at, false, &position, admission);
        const struct batch *batch = admission->batch;
        for (uint32_t row = 0; row < batch->row_count; row++) hash += batch->content[row];
        batch_clear(admission->batch);
    }
    CHECK(admission->rejected == 0);
    return hash;
}

int main(void) {
    char folder[] = "/tmp/pegel-bench-XXXXXX", path[64];
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/keys", folder);
    static const char *const tenants[] = {"091620000000", "110000000000"};
    const struct token_grant grant = {.source = "bench", .tenant_count = 2, .tenants = tenants};
    struct clock clock = clock_fixed(NOW_MS);
    struct admission admission = {.grant = &grant, .now_ms = NOW_MS, .batch = batch_create()};
    CHECK(admission.batch != NULL);
    CHECK(pseudonyms_open(path, &clock, &admission.pseudonyms, NULL) == STATUS_OK);

    struct text body;
    uint64_t events = bench_size(2000, 300000), seed = 1;
    text_init(&body, SIZE_MAX / 2);
    for (uint64_t i = 0; i < events; i++) add_event(&body, i, &seed);
    CHECK(!body.failed);

    uint64_t best_ns[3] = {UINT64_MAX, UINT64_MAX, UINT64_MAX}, hash[3] = {0};
    for (int run = 0; run < BENCH_RUNS; run++) {
        uint64_t start_ns[4] = {bench_now_ns()};
        hash[0] = decode_only(&body, &admission);
        start_ns[1] = bench_now_ns();
        hash[1] = decode_and_admit(&body, &admission);
        start_ns[2] = bench_now_ns();
        hash[2] = pseudonyms_only(&admission, events);
        start_ns[3] = bench_now_ns();
        for (int part = 0; part < 3 && run > 0; part++) {
            uint64_t elapsed_ns = start_ns[part + 1] - start_ns[part];
            if (elapsed_ns < best_ns[part]) best_ns[part] = elapsed_ns;
        }
    }
    bench_report("decode/line to event", events, body.size, best_ns[0], hash[0]);
    bench_report("decode/body to batch", events, body.size, best_ns[1], 0);
    bench_report("decode/pseudonyms of it", events, 0, best_ns[2], 0);
    text_free(&body);
    batch_free(admission.batch);
    admission_free(&admission);
    pseudonyms_close(admission.pseudonyms);
    (void)unlink(path);
    (void)rmdir(folder);
    return 0;
}
