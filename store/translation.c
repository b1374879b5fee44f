/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/translation.h"

#include <string.h>

#include "base/memory.h"

/* Columns that may hold NAMES_COLUMN_VALUES_MAX different values only. */
static bool is_limited(uint32_t column) {
    static const uint8_t limited[] = {COLUMN_SERVICE, COLUMN_OFFICE,  COLUMN_STEP, COLUMN_FIELD,
                                      COLUMN_CODE,    COLUMN_COUNTRY, COLUMN_LANG};
    if (column >= COLUMN_DIMENSION_0 && column < COLUMN_MEASURE_0) return true;
    return memchr(limited, (int)column, sizeof limited) != NULL;
}

static enum status no_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY, "store: no memory");
}

/* ---- what is known already ---- */

static bool values_are_known(const struct translation *translation, const struct names *names,
                             const struct batch *batch, enum column column) {
    const uint32_t *codes = batch->column[column];
    uint32_t last = 0;
    for (uint32_t row = 0; row < batch->row_count; row++) {
        if (codes[row] == last || codes[row] == 0) continue;
        last = codes[row];
        if (!names_has_value(names, column, translation->codes[last])) return false;
    }
    return true;
}

static bool steps_are_known(const struct translation *translation, const struct names *names,
                            const struct batch *batch) {
    const uint8_t *type = batch->column[COLUMN_TYPE];
    const uint32_t *tenant = batch->column[COLUMN_TENANT];
    const uint32_t *service = batch->column[COLUMN_SERVICE], *step = batch->column[COLUMN_STEP];
    for (uint32_t row = 0; row < batch->row_count; row++) {
        if (type[row] != TYPE_FORM_STEP && type[row] != TYPE_FORM_ERROR) continue;
        if (names_step_ordinal(names, translation->codes[tenant[row]],
                               translation->codes[service[row]], translation->codes[step[row]]) < 0)
            return false;
    }
    return true;
}

static bool is_complete(const struct translation *translation, const struct names *names,
                        const struct batch *batch) {
    const uint32_t count = dictionary_count(batch->strings);
    for (uint32_t code = 1; code < count; code++) {
        if (translation->codes[code] == 0) return false;
    }
    for (uint32_t c = 0; c < COLUMN_COUNT; c++) {
        if (batch->column[c] == NULL || !is_limited(c)) continue;
        if (!values_are_known(translation, names, batch, (enum column)c)) return false;
    }
    return steps_are_known(translation, names, batch);
}

enum status translation_make(struct translation *translation, const struct names *names,
                             const struct batch *batch, struct error *err) {
    const uint32_t count = dictionary_count(batch->strings);
    *translation = (struct translation){.codes = memory_get(count * sizeof(uint32_t))};
    if (translation->codes == NULL) return no_memory(err);
    translation->codes[0] = 0;
    for (uint32_t code = 1; code < count; code++) {
        size_t size;
        const char *text = dictionary_text(batch->strings, code, &size);
        translation->codes[code] = dictionary_find(names_dictionary(names), text, size);
    }
    translation->complete = is_complete(translation, names, batch);
    return STATUS_OK;
}

void translation_free(struct translation *translation) {
    memory_free(translation->codes);
    *translation = (struct translation){0};
}

/* ---- what is new ---- */

/* Store code of a batch code, added when it is new; *known 0: refused, a dimension without bound.
 */
static enum status translate(struct translation *translation, struct names *names,
                             const struct batch *batch, uint32_t column, uint32_t code,
                             uint32_t *known, struct error *err) {
    *known = translation->codes[code];
    if (*known == 0) {
        size_t size;
        const char *text = dictionary_text(batch->strings, code, &size);
        struct dictionary *dictionary = names_dictionary(names);
        uint32_t found = dictionary_find(dictionary, text, size);
        if (found == 0 && is_limited(column) && names_column_is_full(names, column))
            return STATUS_OK;
        if (found == 0) found = dictionary_code(dictionary, text, size);
        if (found == UINT32_MAX) return no_memory(err);
        *known = translation->codes[code] = found;
    }
    if (is_limited(column) && !names_note_value(names, (enum column)column, *known)) {
        if (!names_column_is_full(names, column)) return no_memory(err);
        *known = 0;
    }
    return STATUS_OK;
}

static enum status add_step(const struct translation *translation, struct names *names,
                            const struct batch *batch, uint32_t row, enum reject_code *refusal,
                            struct error *err) {
    const uint8_t type = ((const uint8_t *)batch->column[COLUMN_TYPE])[row];
    if (type != TYPE_FORM_STEP && type != TYPE_FORM_ERROR) return STATUS_OK;
    const uint32_t *codes = translation->codes;
    const uint32_t tenant = codes[((const uint32_t *)batch->column[COLUMN_TENANT])[row]];
    const uint32_t service = codes[((const uint32_t *)batch->column[COLUMN_SERVICE])[row]];
    const uint32_t step = codes[((const uint32_t *)batch->column[COLUMN_STEP])[row]];
    if (names_add_step(names, tenant, service, step) >= 0) return STATUS_OK;
    if (names_step_count(names, tenant, service) < JOURNEY_STEPS_MAX) return no_memory(err);
    *refusal = REJECT_TOO_MANY_STEPS;
    return STATUS_OK;
}

enum status translation_row(struct translation *translation, struct names *names,
                            const struct batch *batch, uint32_t row, enum reject_code *refusal,
                            struct error *err) {
    *refusal = REJECT_NONE;
    for (uint32_t c = 0; c < COLUMN_COUNT; c++) {
        if (batch->column[c] == NULL || column_kind((enum column)c) != KIND_CODE) continue;
        const uint32_t code = ((const uint32_t *)batch->column[c])[row];
        uint32_t known = 1;
        if (code != 0) TRY(translate(translation, names, batch, c, code, &known, err));
        if (known == 0) *refusal = REJECT_TOO_MANY_VALUES;
        if (known == 0) return STATUS_OK;
    }
    return add_step(translation, names, batch, row, refusal, err);
}
