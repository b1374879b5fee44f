/* SPDX-License-Identifier: EUPL-1.2 */
/* Selection by radix: one pass counts the leading bits of all values, the next keeps only those
 * values that share their bits with a wanted rank; and so on with the bits below. It reads memory
 * in order, takes all ranks at once, and no input makes it slow: every level uses up DIGIT_BITS of
 * the 64. */
#include "stats/quantile.h"

#include <math.h>
#include <string.h>

#include "base/status.h"

enum {
    DIGIT_BITS = 10,
    DIGITS = 1 << DIGIT_BITS,
    COPIED_MAX = 1000,             /* of a series: up to here they are copied at once */
    SORT_MAX = 48,                 /* up to here, sorting by insertion is quicker */
    RANKS_MAX = 4 * QUANTILES_MAX, /* two order statistics and the two of the interval */
    UNWANTED = RANKS_MAX
};

#define TAIL   0.025
#define TAIL_Z 1.959963984540054 /* the normal quantile of 1 - TAIL */

/* The wanted order statistics: ranks ascending, without repetition. */
struct ranks {
    uint32_t count;
    size_t rank[RANKS_MAX];
    int64_t value[RANKS_MAX];
};

static void sort_few(int64_t *values, size_t count) {
    for (size_t i = 1; i < count; i++) {
        int64_t value = values[i];
        size_t at = i;
        for (; at > 0 && values[at - 1] > value; at--) values[at] = values[at - 1];
        values[at] = value;
    }
}

/* The leading digit of values between min and max. */
struct digit {
    int64_t min;
    int shift;
};

static inline uint32_t digit_of(struct digit digit, int64_t value) {
    return (uint32_t)(((uint64_t)value - (uint64_t)digit.min) >> digit.shift);
}

static struct digit digit_choose(const int64_t *values, size_t count) {
    int64_t min = values[0], max = values[0];
    for (size_t i = 1; i < count; i++) {
        min = values[i] < min ? values[i] : min;
        max = values[i] > max ? values[i] : max;
    }
    uint64_t width = (uint64_t)max - (uint64_t)min;
    int bits = width == 0 ? 0 : 64 - __builtin_clzll(width);
    return (struct digit){min, bits > DIGIT_BITS ? bits - DIGIT_BITS : 0};
}

/* The digits that hold a wanted rank, in order: one class each. */
struct classes {
    uint32_t count;
    uint8_t of_digit[DIGITS]; /* class, or UNWANTED */
    size_t size[RANKS_MAX];
    size_t rank_before[RANKS_MAX]; /* values below the class */
    uint32_t first_rank[RANKS_MAX + 1];
};

static void classes_find(const size_t *histogram, const struct ranks *ranks, uint32_t from,
                         uint32_t to, size_t rank_before, struct classes *classes) {
    memset(classes->of_digit, UNWANTED, sizeof classes->of_digit);
    classes->count = 0;
    uint32_t next = from;
    for (uint32_t digit = 0; digit < DIGITS && next < to; digit++) {
        size_t after = rank_before + histogram[digit];
        if (ranks->rank[next] < after) {
            uint32_t class = classes->count++;
            classes->of_digit[digit] = (uint8_t) class;
            classes->size[class] = histogram[digit];
            classes->rank_before[class] = rank_before;
            classes->first_rank[class] = next;
            while (next < to && ranks->rank[next] < after) next++;
        }
        rank_before = after;
    }
    CHECK(next == to);
    classes->first_rank[classes->count] = to;
}

/* Where a digit is a value, which ranks are of its class is all there is to know. */
static void classes_read(const struct classes *classes, struct digit digit, struct ranks *ranks) {
    uint32_t class = 0;
    for (uint32_t at = 0; at < DIGITS; at++) {
        if (classes->of_digit[at] == UNWANTED) continue;
        for (uint32_t i = classes->first_rank[class]; i < classes->first_rank[class + 1]; i++)
            ranks->value[i] = digit.min + (int64_t)at;
        class ++;
    }
}

/* Moves the wanted values to the front. Answers how many. */
static size_t keep_wanted(const struct classes *classes, struct digit digit, int64_t *values,
                          size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t value = values[i];
        values[kept] = value;
        kept += classes->of_digit[digit_of(digit, value)] != UNWANTED;
    }
    return kept;
}

/* Orders values, all of them wanted, class after class. */
static void classes_part(const struct classes *classes, struct digit digit, int64_t *values) {
    if (classes->count == 1) return;
    size_t head[RANKS_MAX], end = 0;
    for (uint32_t class = 0; class < classes->count; class ++) {
        head[class] = end;
        end += classes->size[class];
    }
    end = 0;
    for (uint32_t class = 0; class < classes->count; class ++) {
        end += classes->size[class];
        while (head[class] < end) { /* follow the cycle of displaced values until one fits here */
            int64_t value = values[head[class]];
            uint32_t home;
            while ((home = classes->of_digit[digit_of(digit, value)]) != class) {
                int64_t displaced = values[head[home]];
                values[head[home]++] = value;
                value = displaced;
            }
            values[head[class]++] = value;
        }
    }
}

/* Finds ranks from..to-1, all of which lie in `values`; rank_before values are smaller. */
static void select_ranks(int64_t *values, size_t count, size_t rank_before, struct ranks *ranks,
                         uint32_t from, uint32_t to) {
    if (count <= SORT_MAX) {
        sort_few(values, count);
        for (uint32_t i = from; i < to; i++) ranks->value[i] = values[ranks->rank[i] - rank_before];
        return;
    }
    struct digit digit = digit_choose(values, count);
    size_t histogram[DIGITS] = {0};
    for (size_t i = 0; i < count; i++) histogram[digit_of(digit, values[i])]++;
    struct classes classes;
    classes_find(histogram, ranks, from, to, rank_before, &classes);
    if (digit.shift == 0) {
        classes_read(&classes, digit, ranks);
        return;
    }
    (void)keep_wanted(&classes, digit, values, count);
    classes_part(&classes, digit, values);
    for (uint32_t class = 0; class < classes.count; class ++) {
        select_ranks(values, classes.size[class], classes.rank_before[class], ranks,
                     classes.first_rank[class], classes.first_rank[class + 1]);
        values += classes.size[class];
    }
}

static void ranks_add(struct ranks *ranks, size_t rank) {
    uint32_t at = ranks->count;
    while (at > 0 && ranks->rank[at - 1] > rank) at--;
    if (at > 0 && ranks->rank[at - 1] == rank) return;
    memmove(ranks->rank + at + 1, ranks->rank + at, (ranks->count - at) * sizeof *ranks->rank);
    ranks->rank[at] = rank;
    ranks->count++;
}

static double ranks_value(const struct ranks *ranks, size_t rank) {
    uint32_t at = 0;
    while (ranks->rank[at] != rank) at++;
    return (double)ranks->value[at];
}

/* Everything that the quantiles need to know. */
struct wanted {
    struct ranks ranks;
    size_t lo[QUANTILES_MAX], hi[QUANTILES_MAX], below[QUANTILES_MAX];
    bool enclosed[QUANTILES_MAX];
};

static void wanted_find(struct wanted *wanted, size_t count, const double *probabilities,
                        uint32_t quantile_count) {
    struct ranks *ranks = &wanted->ranks;
    ranks->count = 0;
    for (uint32_t i = 0; i < quantile_count; i++) {
        wanted->below[i] = (size_t)floor((double)(count - 1) * probabilities[i]);
        ranks_add(ranks, wanted->below[i]);
        if (wanted->below[i] + 1 < count) ranks_add(ranks, wanted->below[i] + 1);
        wanted->enclosed[i] =
            quantile_ranks(count, probabilities[i], &wanted->lo[i], &wanted->hi[i]);
        if (!wanted->enclosed[i]) continue;
        ranks_add(ranks, wanted->lo[i]);
        ranks_add(ranks, wanted->hi[i]);
    }
}

static void wanted_read(const struct wanted *wanted, size_t count, const double *probabilities,
                        uint32_t quantile_count, struct quantile *out) {
    const struct ranks *ranks = &wanted->ranks;
    for (uint32_t i = 0; i < quantile_count; i++) {
        const size_t below = wanted->below[i];
        double fraction = (double)(count - 1) * probabilities[i] - (double)below;
        double first = ranks_value(ranks, below);
        double second = below + 1 < count ? ranks_value(ranks, below + 1) : first;
        out[i] = (struct quantile){first + (second - first) * fraction, NAN, NAN};
        if (!wanted->enclosed[i]) continue;
        out[i].lo = ranks_value(ranks, wanted->lo[i]);
        out[i].hi = ranks_value(ranks, wanted->hi[i]);
    }
}

void quantile_select(int64_t *values, size_t count, const double *probabilities,
                     uint32_t quantile_count, struct quantile *out) {
    CHECK(quantile_count <= QUANTILES_MAX);
    for (uint32_t i = 0; i < quantile_count; i++) out[i] = (struct quantile){NAN, NAN, NAN};
    if (count == 0) return;
    struct wanted wanted;
    wanted_find(&wanted, count, probabilities, quantile_count);
    select_ranks(values, count, 0, &wanted.ranks, 0, wanted.ranks.count);
    wanted_read(&wanted, count, probabilities, quantile_count, out);
}

/* --- series --- */

static int64_t *room_for(struct quantile_room *room, size_t count) {
    if (count <= room->capacity) return room->values;
    arena_free(&room->arena);
    room->values = arena_push_raw(&room->arena, count, sizeof *room->values);
    room->capacity = room->values == NULL ? 0 : count;
    return room->values;
}

static struct digit small_digit(const struct series_extent *extent) {
    const uint32_t width = extent->small_max - (uint32_t)extent->min;
    const int bits = width == 0 ? 0 : 32 - __builtin_clz(width);
    return (struct digit){extent->min, bits > DIGIT_BITS ? bits - DIGIT_BITS : 0};
}

/* The values of the wanted digits to `out`, class after class. */
static void small_gather(const struct series *series, struct digit digit,
                         const struct classes *classes, int64_t *out) {
    size_t kept = 0;
    const uint32_t min = (uint32_t)digit.min;
    for (const struct series_chunk *chunk = series->small; chunk != NULL; chunk = chunk->older)
        for (uint32_t i = 0; i < chunk->count; i++) {
            const uint32_t value = chunk->word[i];
            out[kept] = value;
            kept += classes->of_digit[(value - min) >> digit.shift] != UNWANTED;
        }
    classes_part(classes, digit, out);
}

/* Ranks 0..to-1, all of which lie among the small values. */
static bool select_small(const struct series *series, const struct series_extent *extent,
                         struct ranks *ranks, uint32_t to, struct quantile_room *room) {
    const struct digit digit = small_digit(extent);
    const uint32_t min = (uint32_t)digit.min;
    size_t histogram[DIGITS] = {0};
    for (const struct series_chunk *chunk = series->small; chunk != NULL; chunk = chunk->older)
        for (uint32_t i = 0; i < chunk->count; i++)
            histogram[(chunk->word[i] - min) >> digit.shift]++;
    struct classes classes;
    classes_find(histogram, ranks, 0, to, 0, &classes);
    if (digit.shift == 0) {
        classes_read(&classes, digit, ranks);
        return true;
    }
    size_t kept = 1; /* one more is written, though not kept */
    for (uint32_t class = 0; class < classes.count; class ++) kept += classes.size[class];
    int64_t *values = room_for(room, kept);
    if (values == NULL) return false;
    small_gather(series, digit, &classes, values);
    for (uint32_t class = 0; class < classes.count; class ++) {
        select_ranks(values, classes.size[class], classes.rank_before[class], ranks,
                     classes.first_rank[class], classes.first_rank[class + 1]);
        values += classes.size[class];
    }
    return true;
}

static bool select_series(const struct series *series, const struct series_extent *extent,
                          struct ranks *ranks, struct quantile_room *room) {
    const size_t count = extent->count;
    const size_t small = series_small_count(series);
    uint32_t to = 0; /* first rank of a large value */
    while (to < ranks->count && ranks->rank[to] < small) to++;
    if (count <= COPIED_MAX) { /* not worth a histogram */
        int64_t *values = room_for(room, count);
        if (values == NULL) return false;
        series_copy(series, values);
        select_ranks(values, count, 0, ranks, 0, ranks->count);
        return true;
    }
    if (to > 0 && !select_small(series, extent, ranks, to, room)) return false;
    if (to == ranks->count) return true;
    int64_t *values = room_for(room, count - small);
    if (values == NULL) return false;
    series_copy(&(struct series){.large = series->large}, values);
    select_ranks(values, count - small, small, ranks, to, ranks->count);
    return true;
}

bool quantile_of_series(const struct series *series, const struct series_extent *extent,
                        const double *probabilities, uint32_t quantile_count,
                        struct quantile_room *room, struct quantile *out) {
    CHECK(quantile_count <= QUANTILES_MAX);
    const size_t count = extent->count;
    for (uint32_t i = 0; i < quantile_count; i++) out[i] = (struct quantile){NAN, NAN, NAN};
    if (count == 0) return true;
    struct wanted wanted;
    wanted_find(&wanted, count, probabilities, quantile_count);
    if (!select_series(series, extent, &wanted.ranks, room)) return false;
    wanted_read(&wanted, count, probabilities, quantile_count, out);
    return true;
}

/* The distribution function of a binomial, summed up from the ends of its bell. */
static bool ranks_exact(size_t count, double probability, size_t *lo, size_t *hi) {
    double weight[QUANTILE_EXACT_MAX + 1], total = 1;
    size_t mode = (size_t)floor((double)count * probability);
    const double odds = probability / (1 - probability);
    weight[mode] = 1; /* relative to the mode, so that nothing large vanishes */
    for (size_t k = mode; k < count; k++) {
        weight[k + 1] = weight[k] * ((double)(count - k) / (double)(k + 1)) * odds;
        total += weight[k + 1];
    }
    for (size_t k = mode; k > 0; k--) {
        weight[k - 1] = weight[k] * ((double)k / (double)(count - k + 1)) / odds;
        total += weight[k - 1];
    }
    const double tail = TAIL * total;
    size_t from = 0, to = count;
    double below = weight[0], above = weight[count];
    while (below <= tail) below += weight[++from];
    while (above <= tail) above += weight[--to];
    if (from == 0 || to == count) return false;
    *lo = from - 1; /* P(fewer than `from` values below the quantile) <= 2.5 % */
    *hi = to;       /* P(more than `to`) <= 2.5 % */
    return true;
}

/* The same from the normal distribution, with the binomial's skewness (Cornish and Fisher). */
static bool ranks_normal(size_t count, double probability, size_t *lo, size_t *hi) {
    double n = (double)count, middle = n * probability;
    double reach = TAIL_Z * sqrt(n * probability * (1 - probability));
    double skew = (1 - 2 * probability) * (TAIL_Z * TAIL_Z - 1) / 6;
    double first = floor(middle - reach + skew - 0.5), last = ceil(middle + reach + skew - 0.5);
    if (first < 0 || last > n - 1) return false;
    *lo = (size_t)first;
    *hi = (size_t)last;
    return true;
}

bool quantile_ranks(size_t count, double probability, size_t *lo, size_t *hi) {
    if (count == 0 || !(probability > 0 && probability < 1)) return false;
    return count <= QUANTILE_EXACT_MAX ? ranks_exact(count, probability, lo, hi)
                                       : ranks_normal(count, probability, lo, hi);
}
