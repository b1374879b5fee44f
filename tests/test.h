/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* test: the whole test framework. A test registers itself, its name is the claim it proves; EXPECT
 * counts failures and goes on. Usage of a test program: [part of a name]. */
struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};
extern struct test *test_list;
extern unsigned test_failures;

/* Folder of the shared real data, from $PEGEL_DATA or ../shared/data beside the source tree; NULL
 * when absent. A test that needs it says TEST_SKIP("...") and returns. */
const char *test_data_folder(void);
/* A fresh empty folder, removed at exit. */
const char *test_folder(void);
void test_skip(const char *why);
#define TEST_SKIP(why)  \
    do {                \
        test_skip(why); \
        return;         \
    } while (0)

#define TEST(id)                                                   \
    static void id(void);                                          \
    static struct test id##_test = {#id, id, NULL};                \
    __attribute__((constructor)) static void id##_register(void) { \
        id##_test.next = test_list;                                \
        test_list = &id##_test;                                    \
    }                                                              \
    static void id(void)

void test_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define EXPECT(condition) ((condition) ? (void)0 : test_fail(__FILE__, __LINE__, "%s", #condition))
#define EXPECT_COMPARE(a, op, b)                                                                \
    do {                                                                                        \
        int64_t a_ = (int64_t)(a), b_ = (int64_t)(b);                                           \
        if (!(a_ op b_))                                                                        \
            test_fail(__FILE__, __LINE__, "%s " #op " %s: %" PRId64 " vs %" PRId64, #a, #b, a_, \
                      b_);                                                                      \
    } while (0)
#define EXPECT_EQ(a, b) EXPECT_COMPARE(a, ==, b)
#define EXPECT_LE(a, b) EXPECT_COMPARE(a, <=, b)
#define EXPECT_TEXT(a, b)                                                              \
    do {                                                                               \
        const char *a_ = (a), *b_ = (b);                                               \
        if (strcmp(a_, b_) != 0)                                                       \
            test_fail(__FILE__, __LINE__, "%s: \"%s\" instead of \"%s\"", #a, a_, b_); \
    } while (0)
#define EXPECT_NEAR(a, b, tolerance)                                                 \
    do {                                                                             \
        double a_ = (a), b_ = (b);                                                   \
        if (!(fabs(a_ - b_) <= (tolerance)))                                         \
            test_fail(__FILE__, __LINE__, "%s: %.12g instead of %.12g", #a, a_, b_); \
    } while (0)
#define EXPECT_OK(expression)                                                           \
    do {                                                                                \
        enum status status_ = (expression);                                             \
        if (status_ != STATUS_OK)                                                       \
            test_fail(__FILE__, __LINE__, "%s: %s", #expression, status_name(status_)); \
    } while (0)

/* A small deterministic generator (splitmix64) for property tests. */
static inline uint64_t test_random(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

#include "base/status.h"

#endif
