/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the same subject gets the same pseudonym as long as its key lives, and nobody else does;
 * keys survive restarts, never damage, and end when they must.
 * Method: a clock that the test moves, key files damaged byte by byte, threads with and without the
 * cache. */
#include "access/pseudonym.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/private_file.h"
#include "base/memory.h"
#include "tests/test.h"

#define DAY_MS INT64_C(86400000)
#define TODAY  INT64_C(20000)
enum { CASE = 3, VISIT = PSEUDONYM_PURPOSE_VISIT };

static const char tenant[] = "091620000000", other_tenant[] = "091620000001";

static const char *key_path(void) {
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/keys", test_folder());
    return path;
}

static struct pseudonyms *open_keys(const char *path, const struct clock *clock) {
    struct pseudonyms *keys = NULL;
    struct error err = {""};
    if (pseudonyms_open(path, clock, &keys, &err) != STATUS_OK)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    return keys;
}

static uint64_t subject_of(struct pseudonyms *keys, unsigned purpose, const char *of_tenant,
                           int64_t time_ms, const char *subject) {
    return pseudonym_subject(keys, purpose, of_tenant, strlen(of_tenant), time_ms, subject,
                             strlen(subject));
}

static struct pseudonym_id id_of(struct pseudonyms *keys, const char *source, const char *id) {
    const struct pseudonym_source prepared = pseudonym_source(keys, source, strlen(source));
    return pseudonym_event_id(&prepared, id, strlen(id));
}

TEST(pseudonyms_are_the_same_after_a_restart_and_differ_by_all_that_makes_them) {
    struct clock clock = clock_fixed(TODAY * DAY_MS);
    const char *path = key_path();
    struct pseudonyms *keys = open_keys(path, &clock);
    uint64_t a = subject_of(keys, CASE, tenant, 0, "case-1");
    uint64_t visit = subject_of(keys, VISIT, tenant, TODAY * DAY_MS, "case-1");
    uint64_t link = pseudonym_link(keys, "case-1", 6);
    struct pseudonym_id id = id_of(keys, "zms", "1");
    EXPECT(a != 0 && visit != 0 && link != 0);
    EXPECT(a == subject_of(keys, CASE, tenant, 5 * DAY_MS, "case-1"));
    EXPECT(a != subject_of(keys, CASE, tenant, 0, "case-2"));
    EXPECT(a != subject_of(keys, CASE, other_tenant, 0, "case-1"));
    EXPECT(a != subject_of(keys, CASE - 1, tenant, 0, "case-1"));
    EXPECT(a != visit && a != link && visit != link);
    EXPECT(visit != subject_of(keys, VISIT, tenant, (TODAY - 1) * DAY_MS, "case-1"));
    pseudonyms_close(keys);

    keys = open_keys(path, &clock);
    EXPECT(a == subject_of(keys, CASE, tenant, 0, "case-1"));
    EXPECT(visit == subject_of(keys, VISIT, tenant, TODAY * DAY_MS + 1, "case-1"));
    EXPECT(link == pseudonym_link(keys, "case-1", 6));
    struct pseudonym_id again = id_of(keys, "zms", "1");
    EXPECT(id.high == again.high && id.low == again.low);
    pseudonyms_close(keys);

    struct pseudonyms *others = open_keys(key_path(), &clock); /* another key file */
    EXPECT(a != subject_of(others, CASE, tenant, 0, "case-1"));
    pseudonyms_close(others);
}

TEST(pseudonym_event_ids_keep_source_and_id_apart) {
    struct clock clock = clock_fixed(0);
    struct pseudonyms *keys = open_keys(key_path(), &clock);
    struct pseudonym_id a = id_of(keys, "ab", "c"), b = id_of(keys, "a", "bc");
    EXPECT(a.low != b.low && a.high != b.high);
    char text[1000]; /* far longer than an id may be */
    memset(text, 'x', sizeof text);
    const struct pseudonym_source source = pseudonym_source(keys, "s", 1);
    a = pseudonym_event_id(&source, text, sizeof text);
    text[999] = 'y';
    b = pseudonym_event_id(&source, text, sizeof text);
    EXPECT(a.low != b.low && a.high != b.high);
    EXPECT(pseudonym_link(keys, text, sizeof text) != 0);
    EXPECT(pseudonym_link(keys, "", 0) != 0);
    pseudonyms_close(keys);
}

TEST(pseudonyms_gathered_are_those_made_one_by_one) {
    struct clock clock = clock_fixed(TODAY * DAY_MS);
    struct pseudonyms *keys = open_keys(key_path(), &clock);
    const struct pseudonym_source source = pseudonym_source(keys, "forms", 5);
    static struct pseudonym_group group;
    uint64_t seed = 3;
    for (uint32_t count = 0; count <= PSEUDONYM_GROUP_MAX; count++) {
        struct pseudonym_id ids[PSEUDONYM_GROUP_MAX], expected_ids[PSEUDONYM_GROUP_MAX];
        uint64_t subjects[PSEUDONYM_GROUP_MAX], expected[PSEUDONYM_GROUP_MAX];
        for (uint32_t i = 0; i < count; i++) {
            char text[PSEUDONYM_TEXT_BYTES_MAX + 1];
            int size =
                snprintf(text, sizeof text, "%0*d", 1 + (int)(test_random(&seed) % 128), (int)i);
            unsigned purpose = i % 2 ? CASE : VISIT;
            pseudonym_gather_id(&group, &source, text, (size_t)size);
            expected_ids[i] = pseudonym_event_id(&source, text, (size_t)size);
            if (i % 3 == 0) continue; /* fewer subjects than ids */
            expected[group.subject_count] = subject_of(keys, purpose, tenant, TODAY * DAY_MS, text);
            pseudonym_gather_subject(&group, keys, purpose, tenant, strlen(tenant), TODAY * DAY_MS,
                                     text, (size_t)size);
        }
        const uint32_t subject_count = group.subject_count;
        pseudonym_group_take(&group, ids, subjects);
        EXPECT_EQ(group.id_count + group.subject_count, 0);
        for (uint32_t i = 0; i < count; i++)
            EXPECT(ids[i].high == expected_ids[i].high && ids[i].low == expected_ids[i].low);
        for (uint32_t i = 0; i < subject_count; i++) EXPECT_EQ(subjects[i], expected[i]);
    }
    pseudonyms_close(keys);
}

TEST(pseudonyms_of_many_tenants_stay_right_when_the_cache_overflows) {
    struct clock clock = clock_fixed(TODAY * DAY_MS);
    struct pseudonyms *keys = open_keys(key_path(), &clock);
    enum { TENANTS = 40000 };
    uint64_t *first = memory_new_array(uint64_t, TENANTS);
    for (int round = 0; round < 2 && first != NULL; round++) {
        for (int i = 0; i < TENANTS; i++) {
            char name[32];
            (void)snprintf(name, sizeof name, "%012d", i);
            uint64_t pseudonym = subject_of(keys, CASE, name, 0, "s");
            if (round == 0) first[i] = pseudonym;
            EXPECT(pseudonym == first[i]);
        }
    }
    /* A name too long for the cache works as well. */
    EXPECT(subject_of(keys, CASE, "a tenant that is no ARS", 0, "s") ==
           subject_of(keys, CASE, "a tenant that is no ARS", 0, "s"));
    memory_free(first);
    pseudonyms_close(keys);
}

/* How many visit keys the file holds. */
static int visit_keys(const char *path) {
    char *bytes;
    size_t size;
    struct error err;
    if (private_file_read(path, 077, &bytes, &size, &err) != STATUS_OK) return -1;
    int count = 0;
    for (const char *at = bytes; (at = strstr(at, "purpose.1 ")) != NULL; at++) count++;
    memory_free(bytes);
    return count;
}

TEST(pseudonym_visit_keys_end_48_hours_after_their_day) {
    struct clock clock = clock_fixed(TODAY * DAY_MS + DAY_MS / 2);
    const char *path = key_path();
    struct pseudonyms *keys = open_keys(path, &clock);
    struct error err;
    const int64_t noon = TODAY * DAY_MS + DAY_MS / 2;
    EXPECT_EQ(visit_keys(path), 0);
    uint64_t today = subject_of(keys, VISIT, tenant, noon, "v");
    EXPECT_EQ(visit_keys(path), 1);

    clock.fixed_utc_ms = (TODAY + 3) * DAY_MS - 1; /* the last moment */
    EXPECT_OK(pseudonyms_expire(keys, &err));
    EXPECT(today == subject_of(keys, VISIT, tenant, noon, "v"));
    EXPECT_EQ(visit_keys(path), 1);

    clock.fixed_utc_ms++;
    uint64_t late = subject_of(keys, VISIT, tenant, noon, "v");
    EXPECT(late != today);
    EXPECT_EQ(visit_keys(path), 0);
    /* Late events of that day still belong together, until the process ends. */
    EXPECT(late == subject_of(keys, VISIT, tenant, noon + 1, "v"));
    EXPECT(late != subject_of(keys, VISIT, tenant, noon - DAY_MS, "v"));
    pseudonyms_close(keys);
    keys = open_keys(path, &clock);
    EXPECT(late != subject_of(keys, VISIT, tenant, noon, "v"));
    EXPECT_EQ(visit_keys(path), 0);
    pseudonyms_close(keys);
}

TEST(pseudonym_visit_keys_are_few_whatever_times_events_claim) {
    struct clock clock = clock_fixed(TODAY * DAY_MS);
    const char *path = key_path();
    struct pseudonyms *keys = open_keys(path, &clock);
    for (int64_t day = -400; day < 400; day++)
        EXPECT(subject_of(keys, VISIT, tenant, (TODAY + day) * DAY_MS, "v") != 0);
    EXPECT(subject_of(keys, VISIT, tenant, -1, "v") != subject_of(keys, VISIT, tenant, 0, "v"));
    EXPECT_EQ(visit_keys(path), 4);          /* tomorrow, today and the two days before */
    for (int64_t day = 1; day < 30; day++) { /* and they never pile up */
        clock.fixed_utc_ms = (TODAY + day) * DAY_MS;
        (void)subject_of(keys, VISIT, tenant, clock.fixed_utc_ms, "v");
        EXPECT_LE(visit_keys(path), 5);
    }
    pseudonyms_close(keys);
}

TEST(pseudonym_visit_keys_that_cannot_be_saved_serve_and_are_saved_later) {
    struct clock clock = clock_fixed(TODAY * DAY_MS);
    char folder[256], path[300], away[300];
    (void)snprintf(folder, sizeof folder, "%s/f", test_folder());
    (void)snprintf(path, sizeof path, "%s/keys", folder);
    (void)snprintf(away, sizeof away, "%s.away", folder);
    EXPECT(mkdir(folder, 0700) == 0);
    struct pseudonyms *keys = open_keys(path, &clock);
    EXPECT(rename(folder, away) == 0); /* not its rights: root would write all the same */
    uint64_t visit = subject_of(keys, VISIT, tenant, TODAY * DAY_MS, "v");
    EXPECT(visit == subject_of(keys, VISIT, tenant, TODAY * DAY_MS, "v"));
    EXPECT(rename(away, folder) == 0);
    EXPECT_EQ(visit_keys(path), 0);
    clock.fixed_utc_ms += 61000;
    struct error err;
    EXPECT_OK(pseudonyms_expire(keys, &err));
    EXPECT_EQ(visit_keys(path), 1);
    pseudonyms_close(keys);
    keys = open_keys(path, &clock);
    EXPECT(visit == subject_of(keys, VISIT, tenant, TODAY * DAY_MS, "v"));
    pseudonyms_close(keys);
}

TEST(pseudonym_key_file_is_private) {
    struct clock clock = clock_fixed(0);
    const char *path = key_path();
    pseudonyms_close(open_keys(path, &clock));
    struct stat info;
    EXPECT(stat(path, &info) == 0);
    EXPECT_EQ(info.st_mode & 07777u, 0600);
    static const unsigned modes[] = {0640, 0604, 0620, 0602, 0610, 0601, 0666};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct pseudonyms *keys;
        struct error err;
        EXPECT(chmod(path, modes[i]) == 0);
        EXPECT_EQ(pseudonyms_open(path, &clock, &keys, &err), STATUS_FORBIDDEN);
        EXPECT(keys == NULL);
    }
}

TEST(pseudonym_key_file_that_is_damaged_is_refused_and_never_replaced) {
    struct clock clock = clock_fixed(0);
    const char *path = key_path();
    pseudonyms_close(open_keys(path, &clock));
    char *bytes, *now;
    size_t size, now_size;
    struct error err;
    EXPECT_OK(private_file_read(path, 077, &bytes, &size, &err));
    for (size_t i = 0; i <= size; i++) {
        char whole = bytes[i];
        struct pseudonyms *keys;
        bytes[i] = (char)(whole ^ 1); /* the last round: cut off instead */
        EXPECT_OK(private_file_replace(path, bytes, i < size ? size : size - 1, false, &err));
        EXPECT_EQ(pseudonyms_open(path, &clock, &keys, &err), STATUS_CORRUPT);
        EXPECT_OK(private_file_read(path, 077, &now, &now_size, &err));
        EXPECT(now_size == (i < size ? size : size - 1) && memcmp(now, bytes, now_size) == 0);
        memory_free(now);
        bytes[i] = whole;
    }
    EXPECT_OK(private_file_replace(path, bytes, size, false, &err));
    pseudonyms_close(open_keys(path, &clock));
    memory_free(bytes);
}

static struct pseudonyms *shared;
static uint64_t expected[64];
static _Atomic int wrong;
static _Atomic int64_t moving_ms;

static int64_t read_moving(const struct clock *clock) {
    (void)clock;
    return atomic_load(&moving_ms);
}

static void *ask_subjects(void *context) {
    uint64_t seed = (uint64_t)(uintptr_t)context;
    for (int i = 0; i < 20000; i++) {
        unsigned at = (unsigned)(test_random(&seed) % 64);
        char name[32];
        (void)snprintf(name, sizeof name, "%012u", at);
        if (subject_of(shared, CASE, name, 0, "s") != expected[at]) atomic_fetch_add(&wrong, 1);
        (void)subject_of(shared, VISIT, name, (int64_t)(test_random(&seed) % 9) * DAY_MS, "s");
    }
    return NULL;
}

TEST(pseudonyms_are_right_on_many_threads_while_keys_expire) {
    const struct clock moving = {read_moving, NULL, 0};
    shared = open_keys(key_path(), &moving);
    for (unsigned i = 0; i < 64; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%012u", i);
        expected[i] = subject_of(shared, CASE, name, 0, "s");
    }
    pthread_t threads[4];
    for (uintptr_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, ask_subjects, (void *)(i + 1));
    for (int64_t day = 0; day < 12; day++) { /* each round lets a key of a used day expire */
        atomic_store(&moving_ms, day * DAY_MS);
        usleep(1000);
    }
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    EXPECT_EQ(atomic_load(&wrong), 0);
    pseudonyms_close(shared);
}
