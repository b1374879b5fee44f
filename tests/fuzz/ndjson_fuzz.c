/* SPDX-License-Identifier: EUPL-1.2 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/line_index.h"
#include "tests/ingest/ndjson_reference.h"

/* Any bytes at all as one line, alone in memory and with more behind it: the decoder and a general
 * parser agree on accepting it, on the reason for refusing it and on every value. The first byte
 * chooses what the source is allowed. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void compare(struct reference *reference, struct event_draft *line, size_t size) {
    const char *difference = reference_difference(reference, line);
    /* A text that needs more scratch than there is: a limit the general parser does not have. */
    bool scratch_is_full = line->reject.code == REJECT_TOO_LONG && size > DECODE_SCRATCH_BYTES;
    if (difference == NULL || scratch_is_full) return;
    (void)fprintf(stderr, "%s: %s instead of %s\n", difference, reject_text(line->reject.code),
                  reject_text(reference->reject.code));
    abort();
}

/* With room behind the line it gets an index, which each kind of processor makes in its own way. */
static void compare_indexed(struct reference *reference, const struct event_draft *alone,
                            const char *text, size_t size, const struct admission *admission) {
    static struct event_draft line;
    const size_t readable_size = size + 64 + LINE_INDEX_PADDING_BYTES;
    char *padded = malloc(readable_size);
    memcpy(padded, text, size);
    memset(padded + size, '"', readable_size - size);
    padded[size] = '\n';
    for (int level = LINE_INDEX_PORTABLE; level <= LINE_INDEX_AVX512; level++) {
        line_index_limit((enum line_index_level)level);
        (void)decode_ndjson_line(padded, size, readable_size, admission, &line);
        compare(reference, &line, size);
        if (line.reject.code != alone->reject.code ||
            strcmp(line.reject.detail, alone->reject.detail) != 0)
            abort();
    }
    free(padded);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const char *const tenants[] = {"091620000000", "110000000000"};
    static const struct tenant_extras extras[] = {
        {.tenant = "091620000000",
         .dimension_count = 1,
         .dimensions = {"quarter"},
         .measure_count = 1,
         .measures = {"pages"}},
        {.tenant = "110000000000", .dimension_count = 1, .dimensions = {"pages"}},
    };
    if (size == 0) return 0;
    const struct token_grant grant = {.source = "fuzz",
                                      .tenant_count = (bytes[0] & 1) + 1u,
                                      .tenants = tenants,
                                      .drop_unknown = (bytes[0] & 2) != 0};
    const struct admission admission = {
        .grant = &grant, .extras = extras, .extras_count = (bytes[0] & 4) != 0 ? 2 : 0};
    static struct event_draft line;
    static struct reference reference;
    const char *text = (const char *)bytes + 1;
    (void)decode_ndjson_line(text, size - 1, size - 1, &admission, &line);
    reference_decode(&reference, text, size - 1, &admission);
    compare(&reference, &line, size);
    compare_indexed(&reference, &line, text, size - 1, &admission);
    json_free(reference.document);
    return 0;
}
