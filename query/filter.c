/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/filter.h"

#include <string.h>

#include "event/type.h"
#include "query/result.h"

bool filter_is_choice(enum dimension dimension) {
    return dimension == DIMENSION_CHANNEL || dimension == DIMENSION_DEVICE ||
           dimension == DIMENSION_TYPE;
}

bool filter_code(enum dimension dimension, const struct dictionary *dictionary, uint32_t code_count,
                 const char *value, uint32_t *code) {
    size_t size = strlen(value);
    if (dimension == DIMENSION_CHANNEL)
        *code = channel_from_text(value, size);
    else if (dimension == DIMENSION_DEVICE)
        *code = device_from_text(value, size);
    else if (dimension == DIMENSION_TYPE)
        *code = type_from_text(value, size);
    else
        *code = dictionary_find(dictionary, value, size);
    if (!filter_is_choice(dimension) && *code >= code_count) return false;
    return *code != 0 || size == 0;
}

const char *filter_text(enum dimension dimension, const struct dictionary *dictionary,
                        uint32_t code) {
    if (code == 0) return NULL;
    if (dimension == DIMENSION_CHANNEL) return channel_text((enum channel)code);
    if (dimension == DIMENSION_DEVICE) return device_text((enum device)code);
    if (dimension == DIMENSION_TYPE) return type_text((enum event_type)code);
    size_t size;
    return dictionary_text(dictionary, code, &size);
}

static enum status build_dimension(const struct plan *plan, enum dimension dimension,
                                   const struct dictionary *dictionary, uint32_t code_count,
                                   struct arena *arena, struct filter *out, struct error *err) {
    const struct plan_filter *wanted = &plan->filter[dimension];
    if (wanted->count == 0) return STATUS_OK;
    /* 256: every byte that a choice column can hold has its place. */
    const size_t places = filter_is_choice(dimension) ? 256 : code_count;
    uint8_t *allowed = arena_push(arena, places + 1, 1);
    uint32_t *codes = arena_push_array(arena, uint32_t, wanted->count);
    if (allowed == NULL || codes == NULL)
        return error_set(err, STATUS_NO_MEMORY, QUERY_TOO_MUCH_MEMORY);
    uint32_t count = 0;
    for (uint32_t i = 0; i < wanted->count; i++) {
        uint32_t code;
        if (!filter_code(dimension, dictionary, code_count, wanted->values[i], &code)) continue;
        if (allowed[code] == 0) codes[count++] = code;
        allowed[code] = 1;
    }
    /* A funnel counts all attempts, whatever steps it shows. */
    if (count == 0 && dimension != DIMENSION_STEP) out->nothing = true;
    out->allowed[dimension] = allowed;
    out->everything = false;
    if (dimension == DIMENSION_TENANT) {
        out->tenants = codes;
        out->tenant_count = count;
    }
    return STATUS_OK;
}

enum status filter_build(const struct plan *plan, const struct dictionary *dictionary,
                         uint32_t code_count, struct arena *arena, struct filter *out,
                         struct error *err) {
    *out = (struct filter){.everything = true};
    for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++)
        TRY(build_dimension(plan, (enum dimension)dimension, dictionary, code_count, arena, out,
                            err));
    return STATUS_OK;
}

void filter_apply(const struct filter *filter, const void *const columns[DIMENSION_COUNT],
                  uint32_t row_count, uint8_t *passes) {
    memset(passes, 1, row_count);
    for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++) {
        const uint8_t *allowed = filter->allowed[dimension];
        if (allowed == NULL || columns[dimension] == NULL) continue;
        if (filter_is_choice((enum dimension)dimension)) {
            const uint8_t *choices = columns[dimension];
            for (uint32_t row = 0; row < row_count; row++) passes[row] &= allowed[choices[row]];
        } else {
            const uint32_t *codes = columns[dimension];
            for (uint32_t row = 0; row < row_count; row++) passes[row] &= allowed[codes[row]];
        }
    }
}
