/* SPDX-License-Identifier: EUPL-1.2 */
#include "stats/permutation.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* What one choice says of the effect d: difference - share * d, where share is that of the truly
 * treated among those it calls treated, less that among the others. */
struct choice {
    double difference, share;
};

struct test {
    const struct choice *choice;
    uint32_t count;
    double observed, slack; /* sums in another order differ by rounding */
};

uint32_t permutation_choices(size_t units, size_t treated) {
    uint64_t choices = 1;
    for (size_t i = 1; i <= treated; i++) {
        choices = choices * (units - treated + i) / i; /* a binomial coefficient at every step */
        if (choices > PERMUTATION_CHOICES_MAX) return 0;
    }
    return (uint32_t)choices;
}

double permutation_least_p(size_t units, size_t treated) {
    const uint32_t choices = permutation_choices(units, treated);
    if (choices == 0) return 0;
    return (2 * treated == units ? 2.0 : 1.0) / choices;
}

static double p_of(const struct test *test, double effect) {
    uint32_t as_far = 0;
    const double observed = fabs(test->observed - effect);
    for (uint32_t i = 0; i < test->count; i++)
        as_far += fabs(test->choice[i].difference - test->choice[i].share * effect) >=
                  observed - test->slack;
    return as_far / (double)test->count;
}

/* The next choice of m of n in order of the alphabet; false after the last. */
static bool next_choice(size_t *chosen, size_t m, size_t n) {
    size_t i = m;
    while (i > 0 && chosen[i - 1] == n - m + i - 1) i--;
    if (i == 0) return false;
    chosen[i - 1]++;
    for (; i < m; i++) chosen[i] = chosen[i - 1] + 1;
    return true;
}

/* `value`: those of the treated first. */
static void list_choices(const double *value, size_t units, size_t treated, size_t *chosen,
                         struct choice *choice) {
    const double m = (double)treated, rest = (double)(units - treated);
    double total = 0;
    for (size_t i = 0; i < units; i++) total += value[i];
    for (size_t i = 0; i < treated; i++) chosen[i] = i;
    do {
        double sum = 0, truly = 0;
        for (size_t i = 0; i < treated; i++) {
            sum += value[chosen[i]];
            truly += chosen[i] < treated;
        }
        *choice++ = (struct choice){sum / m - (total - sum) / rest, truly / m - (m - truly) / rest};
    } while (next_choice(chosen, treated, units));
}

/* The end of the interval in one direction. Away from the observed difference p never rises, since
 * no share is beyond -1..1, so halving finds where it falls to 5 %. */
static double end_of(const struct test *test, double direction, double scale) {
    double inside = 0, outside = scale;
    while (p_of(test, test->observed + direction * outside) > 0.05) {
        inside = outside;
        outside *= 2;
        if (outside > scale * 1e9) return direction * INFINITY;
    }
    for (int i = 0; i < 100; i++) {
        const double middle = (inside + outside) / 2;
        if (p_of(test, test->observed + direction * middle) > 0.05)
            inside = middle;
        else
            outside = middle;
    }
    return test->observed + direction * inside;
}

enum status permutation_difference(const double *control, size_t control_count,
                                   const double *treated, size_t treated_count, struct arena *arena,
                                   struct estimate *out) {
    const size_t units = control_count + treated_count;
    const uint32_t choices = permutation_choices(units, treated_count);
    CHECK(choices > 0 && control_count > 0 && treated_count > 0);
    double *value = arena_push_array(arena, double, units);
    size_t *chosen = arena_push_array(arena, size_t, units);
    struct choice *choice = arena_push_array(arena, struct choice, choices);
    if (value == NULL || chosen == NULL || choice == NULL) return STATUS_NO_MEMORY;
    memcpy(value, treated, treated_count * sizeof *value);
    memcpy(value + treated_count, control, control_count * sizeof *value);
    list_choices(value, units, treated_count, chosen, choice);
    double scale = 0;
    for (size_t i = 0; i < units; i++) scale = fmax(scale, fabs(value[i]));
    const struct test test = {choice, choices, choice[0].difference, scale * 1e-12};
    out->value = test.observed;
    out->p = p_of(&test, 0);
    out->lo = scale > 0 ? end_of(&test, -1, scale) : NAN;
    out->hi = scale > 0 ? end_of(&test, 1, scale) : NAN;
    return STATUS_OK;
}
