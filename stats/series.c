/* SPDX-License-Identifier: EUPL-1.2 */
#include "stats/series.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "stats/moments.h"
#include "stats/wide.h"

/* A chunk with room for `words` more; `newest` when it has it. */
static struct series_chunk *make_room(struct series_chunk *newest, struct arena *arena,
                                      uint32_t words) {
    if (newest != NULL && newest->capacity - newest->count >= words) return newest;
    size_t bytes = SERIES_CHUNK_BYTES_MIN;
    if (newest != NULL) bytes = 2 * (sizeof *newest + newest->capacity * sizeof *newest->word);
    if (bytes > SERIES_CHUNK_BYTES_MAX) bytes = SERIES_CHUNK_BYTES_MAX;
    struct series_chunk *chunk = arena_push_raw(arena, bytes, 1);
    if (chunk == NULL) return NULL;
    *chunk = (struct series_chunk){
        .older = newest, .capacity = (uint32_t)((bytes - sizeof *chunk) / sizeof *chunk->word)};
    return chunk;
}

static bool add_large(struct series *series, struct arena *arena, int64_t value) {
    struct series_chunk *chunk = make_room(series->large, arena, 2);
    if (chunk == NULL) return false;
    series->large = chunk;
    memcpy(&chunk->word[chunk->count], &value, sizeof value);
    chunk->count += 2;
    return true;
}

bool series_add_slowly(struct series *series, struct arena *arena, int64_t value) {
    CHECK(value >= 0); /* the order of small and large rests on it */
    if (value > UINT32_MAX) return add_large(series, arena, value);
    series_seal(series);
    struct series_chunk *chunk = make_room(series->small, arena, 1);
    if (chunk == NULL) return false;
    series->small = chunk;
    series->next = chunk->word + chunk->count;
    series->end = chunk->word + chunk->capacity;
    *series->next++ = (uint32_t)value;
    return true;
}

static uint64_t count_words(const struct series_chunk *chunk) {
    uint64_t count = 0;
    for (; chunk != NULL; chunk = chunk->older) count += chunk->count;
    return count;
}

uint64_t series_small_count(const struct series *series) {
    return count_words(series->small);
}

uint64_t series_count(const struct series *series) {
    return count_words(series->small) + count_words(series->large) / 2;
}

void series_copy(const struct series *series, int64_t *out) {
    for (const struct series_chunk *chunk = series->small; chunk != NULL; chunk = chunk->older)
        for (uint32_t i = 0; i < chunk->count; i++) *out++ = chunk->word[i];
    for (const struct series_chunk *chunk = series->large; chunk != NULL; chunk = chunk->older)
        for (uint32_t i = 0; i < chunk->count; i += 2) *out++ = series_large(chunk, i);
}

/* --- sorting: by digits from the lowest on, each pass keeping the order of the one before --- */

enum { SORT_DIGIT_BITS = 11, SORT_DIGITS = 1 << SORT_DIGIT_BITS, SORT_BY_DIGITS_MIN = 1000 };

static int compare_values(const void *left, const void *right) {
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void sort_by_digit(const int64_t *from, int64_t *to, uint64_t count, int shift) {
    uint64_t begin[SORT_DIGITS] = {0}, sum = 0;
    for (uint64_t i = 0; i < count; i++) begin[from[i] >> shift & (SORT_DIGITS - 1)]++;
    for (uint32_t digit = 0; digit < SORT_DIGITS; digit++) {
        const uint64_t size = begin[digit];
        begin[digit] = sum;
        sum += size;
    }
    for (uint64_t i = 0; i < count; i++)
        to[begin[from[i] >> shift & (SORT_DIGITS - 1)]++] = from[i];
}

static void sort_values(int64_t *out, int64_t *room, uint64_t count) {
    if (count < SORT_BY_DIGITS_MIN) {
        qsort(out, count, sizeof *out, compare_values);
        return;
    }
    int64_t most = 0, *from = out, *to = room;
    for (uint64_t i = 0; i < count; i++) most |= out[i];
    for (int shift = 0; shift < 63 && most >> shift != 0; shift += SORT_DIGIT_BITS) {
        sort_by_digit(from, to, count, shift);
        int64_t *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != out) memcpy(out, from, count * sizeof *out);
}

/* All small ones are less than all large ones, and have fewer digits. */
void series_sort(const struct series *series, int64_t *out, int64_t *room) {
    const uint64_t small = series_small_count(series);
    series_copy(series, out);
    sort_values(out, room, small);
    sort_values(out + small, room, series_count(series) - small);
}

static void take(struct series_chunk **newest, struct series_chunk **from) {
    if (*from == NULL) return;
    struct series_chunk *oldest = *from;
    while (oldest->older != NULL) oldest = oldest->older;
    oldest->older = *newest;
    *newest = *from;
    *from = NULL;
}

void series_take(struct series *series, struct series *from) {
    if (from->small != NULL) {
        series->next = from->next;
        series->end = from->end;
    }
    take(&series->small, &from->small);
    take(&series->large, &from->large);
    *from = (struct series){0};
}

struct words_extent {
    uint64_t sum; /* of at most 2^16 words */
    uint32_t min, max;
};

WIDE(extent_of_words, (const uint32_t *word, uint32_t count, struct words_extent *out),
     (word, count, out)) {
    uint32_t min = UINT32_MAX, max = 0;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += word[i];
        min = word[i] < min ? word[i] : min;
        max = word[i] > max ? word[i] : max;
    }
    *out = (struct words_extent){sum, min, max};
}

static_assert(SERIES_CHUNK_BYTES_MAX / sizeof(uint32_t) <= 1 << 16, "a chunk's sum fits 64 bits");

struct series_extent series_extent(const struct series *series) {
    struct moments moments = {0};
    int64_t min = INT64_MAX, max = INT64_MIN;
    uint32_t small_max = 0;
    for (const struct series_chunk *chunk = series->small; chunk != NULL; chunk = chunk->older) {
        if (chunk->count == 0) continue;
        struct words_extent words;
        extent_of_words(chunk->word, chunk->count, &words);
        moments.count += chunk->count;
        moments.sum += words.sum;
        min = words.min < min ? words.min : min;
        small_max = words.max > small_max ? words.max : small_max;
    }
    if (moments.count > 0) max = small_max;
    for (const struct series_chunk *chunk = series->large; chunk != NULL; chunk = chunk->older) {
        for (uint32_t i = 0; i < chunk->count; i += 2) {
            const int64_t value = series_large(chunk, i);
            moments.count++;
            moments.sum += value;
            min = value < min ? value : min;
            max = value > max ? value : max;
        }
    }
    return (struct series_extent){moments.count, moments_mean(&moments), min, max, small_max};
}
