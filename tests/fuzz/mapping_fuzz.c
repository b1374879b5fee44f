/* SPDX-License-Identifier: EUPL-1.2 */
/* Any bytes as a mapping file, and any bytes as the values of a record: a status, never a crash.
 * The first line is the mapping; what follows, cut at NUL bytes, is the record. */
#include <string.h>

#include "ingest/mapping.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const uint8_t *feed = size > 0 ? memchr(bytes, '\n', size) : NULL;
    size_t head = feed != NULL ? (size_t)(feed - bytes) : size;
    struct mapping *mapping;
    if (mapping_parse((const char *)bytes, head, FORMAT_UNKNOWN, &mapping, NULL) != STATUS_OK)
        return 0;
    struct slice values[MAPPING_NAMES_MAX] = {{NULL, 0}};
    const uint8_t *at = bytes + (feed != NULL ? head + 1 : head), *end = bytes + size;
    for (uint32_t i = 0; i < mapping->name_count && at < end; i++) {
        const uint8_t *stop = memchr(at, 0, (size_t)(end - at));
        if (stop == NULL) stop = end;
        values[i] = (struct slice){(const char *)at, (uint32_t)(stop - at)};
        at = stop < end ? stop + 1 : end;
    }
    const struct mapping_record record = {.values = values, .first = true, .last = size % 2 == 0};
    bool matched = false;
    for (uint32_t rule = 0; rule < mapping->rule_count; rule++) {
        struct event event;
        struct reject reject;
        enum event_type type;
        char id[MAPPING_ID_BYTES];
        if (mapping_apply(mapping, rule, &record, &matched, &event, id, &reject) == MAPPED_EVENT)
            (void)event_validate(&event, INT64_C(1800000000000), &type, &reject);
    }
    mapping_free(mapping);
    return 0;
}
