/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: what was frozen stays, once, with its moment and its mark; and every change to the file
 * afterwards is found out. Method: a few plans; every byte of the file flipped, every line removed
 * or moved. */
#include "pilot/register.h"

#include <unistd.h>

#include "tests/test.h"

#define JULY_2026 INT64_C(1783000000000) /* in the first week of that July */

static const char *plan_json(int number) {
    static char json[1000];
    snprintf(json, sizeof json,
             "{\"title\":\"Plan %d\",\"author\":\"A\",\"treated\":[{\"tenant\":\"091620000000\"}],"
             "\"control\":[{\"tenant\":\"091840000000\"}],"
             "\"baseline\":{\"from\":\"2026-01-05\",\"to\":\"2026-07-06\"},"
             "\"pilot\":{\"from\":\"2026-07-06\",\"to\":\"2027-01-04\"},"
             "\"primary\":{\"kpi\":\"no_show\"},\"minimum_n\":100}",
             number);
    return json;
}

static enum status freeze(const char *folder, int number, int64_t now_ms,
                          struct register_entry *entry, bool *added) {
    struct pilot_plan plan;
    struct arena arena;
    struct error err = {{0}};
    arena_init(&arena, (size_t)64 << 20);
    EXPECT_OK(pilot_plan_parse(plan_json(number), strlen(plan_json(number)), &arena, &plan, &err));
    const enum status status = register_add(folder, &plan, now_ms, &arena, entry, added, &err);
    arena_free(&arena);
    return status;
}

static enum status read_count(const char *folder, uint32_t *count) {
    struct register_list list = {0};
    struct arena arena;
    arena_init(&arena, (size_t)64 << 20);
    const enum status status = register_read(folder, &arena, &list, NULL);
    *count = list.count;
    arena_free(&arena);
    return status;
}

static size_t load(const char *folder, char *bytes, size_t room) {
    char path[4096];
    snprintf(path, sizeof path, "%s/" REGISTER_FILE, folder);
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    const size_t size = fread(bytes, 1, room, file);
    fclose(file);
    return size;
}

static void save(const char *folder, const char *bytes, size_t size) {
    char path[4096];
    snprintf(path, sizeof path, "%s/" REGISTER_FILE, folder);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fwrite(bytes, 1, size, file) == size);
    fclose(file);
}

TEST(a_plan_is_frozen_once_and_found_by_its_hash) {
    const char *folder = test_folder();
    struct register_entry one, again, found;
    struct arena arena;
    bool added;
    uint32_t count;
    EXPECT_OK(read_count(folder, &count));
    EXPECT_EQ(count, 0);
    EXPECT_OK(freeze(folder, 1, JULY_2026, &one, &added));
    EXPECT(added && !one.late);
    EXPECT_OK(freeze(folder, 1, JULY_2026 + 5, &again, &added));
    EXPECT(!added && again.frozen_ms == JULY_2026);
    EXPECT_TEXT(one.hash, again.hash);
    EXPECT_OK(read_count(folder, &count));
    EXPECT_EQ(count, 1);
    arena_init(&arena, (size_t)64 << 20);
    EXPECT_OK(register_find(folder, one.id, &arena, &found, NULL));
    EXPECT_TEXT(found.plan.title, "Plan 1");
    EXPECT_OK(register_find(folder, one.hash, &arena, &found, NULL));
    EXPECT_EQ(register_find(folder, "000000000000", &arena, &found, NULL), STATUS_NOT_FOUND);
    arena_free(&arena);
}

TEST(a_plan_that_comes_after_the_begin_is_marked_as_late) {
    const char *folder = test_folder();
    const int64_t begin = INT64_C(1783288800000); /* 2026-07-06, midnight in Berlin */
    struct register_entry entry;
    bool added;
    EXPECT_OK(freeze(folder, 1, begin - 1, &entry, &added));
    EXPECT(!entry.late);
    EXPECT_OK(freeze(folder, 2, begin, &entry, &added));
    EXPECT(entry.late);
}

TEST(every_later_change_is_found_out) {
    enum { PLANS = 2 };
    static char good[20000], bad[20000];
    const char *folder = test_folder();
    struct register_entry entry;
    bool added;
    uint32_t count;
    for (int i = 0; i < PLANS; i++) EXPECT_OK(freeze(folder, i, JULY_2026 + i, &entry, &added));
    const size_t size = load(folder, good, sizeof good);
    EXPECT_OK(read_count(folder, &count));
    EXPECT_EQ(count, PLANS);
    for (size_t at = 0; at + 1 < size; at++) { /* in the last line, what is outside the plan too */
        memcpy(bad, good, size);
        bad[at] = (char)(bad[at] ^ 1);
        save(folder, bad, size);
        const enum status status = read_count(folder, &count);
        const char *last = memrchr(good, '\n', size - 1);
        if (status == STATUS_OK && good + at <= last)
            test_fail(__FILE__, __LINE__, "byte %zu may change", at);
    }
    const char *second = strchr(good, '\n') + 1;
    memcpy(bad, second, size - (size_t)(second - good));
    memcpy(bad + (size - (size_t)(second - good)), good, (size_t)(second - good));
    save(folder, bad, size); /* the other way round */
    EXPECT_EQ(read_count(folder, &count), STATUS_CORRUPT);
    save(folder, second, size - (size_t)(second - good)); /* the first is gone */
    EXPECT_EQ(read_count(folder, &count), STATUS_CORRUPT);
    save(folder, good, size - 10); /* cut off */
    EXPECT_EQ(read_count(folder, &count), STATUS_CORRUPT);
    EXPECT_EQ(freeze(folder, 9, JULY_2026, &entry, &added), STATUS_CORRUPT);
    save(folder, good, size);
    EXPECT_OK(freeze(folder, 9, JULY_2026, &entry, &added));
    EXPECT_OK(read_count(folder, &count));
    EXPECT_EQ(count, PLANS + 1);
}

TEST(a_folder_that_cannot_be_written_changes_nothing) {
    struct register_entry entry;
    bool added;
    EXPECT_EQ(freeze("/nowhere", 1, JULY_2026, &entry, &added), STATUS_IO);
    EXPECT(!added);
}
