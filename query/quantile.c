/* SPDX-License-Identifier: EUPL-1.2 */
/* Selection by radix: one pass counts the leading bits of all values, the next keeps only those
 * values that share their bits with a wanted rank; and so on with the bits below. It reads memory
 * in order, takes all ranks at once, and no input makes it slow: every level uses up DIGIT_BITS of
 * the 64. */
#include "query/quantile.h"

#include <math.h>
#include <string.h>

#include "base/status.h"

enum {
    DIGIT_BITS = 10,
    DIGITS = 1 << DIGIT_BITS,
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

/* Moves the wanted values to the front, class after class. */
static void classes_gather(const struct classes *classes, struct digit digit, int64_t *values,
                           size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t value = values[i];
        values[kept] = value;
        kept += classes->of_digit[digit_of(digit, value)] != UNWANTED;
    }
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
    if (digit.shift == 0) { /* a digit is a value */
        uint32_t class = 0;
        for (uint32_t at = 0; at < DIGITS; at++) {
            if (classes.of_digit[at] == UNWANTED) continue;
            for (uint32_t i = classes.first_rank[class]; i < classes.first_rank[class + 1]; i++)
                ranks->value[i] = digit.min + (int64_t)at;
            class ++;
        }
        return;
    }
    classes_gather(&classes, digit, values, count);
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

void quantile_select(int64_t *values, size_t count, const double *probabilities,
                     uint32_t quantile_count, struct quantile *out) {
    CHECK(quantile_count <= QUANTILES_MAX);
    for (uint32_t i = 0; i < quantile_count; i++) out[i] = (struct quantile){NAN, NAN, NAN};
    if (count == 0) return;
    struct ranks ranks = {0};
    size_t lo[QUANTILES_MAX], hi[QUANTILES_MAX], below[QUANTILES_MAX];
    bool enclosed[QUANTILES_MAX];
    for (uint32_t i = 0; i < quantile_count; i++) {
        below[i] = (size_t)floor((double)(count - 1) * probabilities[i]);
        ranks_add(&ranks, below[i]);
        if (below[i] + 1 < count) ranks_add(&ranks, below[i] + 1);
        enclosed[i] = quantile_ranks(count, probabilities[i], &lo[i], &hi[i]);
        if (!enclosed[i]) continue;
        ranks_add(&ranks, lo[i]);
        ranks_add(&ranks, hi[i]);
    }
    select_ranks(values, count, 0, &ranks, 0, ranks.count);
    for (uint32_t i = 0; i < quantile_count; i++) {
        double fraction = (double)(count - 1) * probabilities[i] - (double)below[i];
        double first = ranks_value(&ranks, below[i]);
        double second = below[i] + 1 < count ? ranks_value(&ranks, below[i] + 1) : first;
        out[i].value = first + (second - first) * fraction;
        if (!enclosed[i]) continue;
        out[i].lo = ranks_value(&ranks, lo[i]);
        out[i].hi = ranks_value(&ranks, hi[i]);
    }
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
