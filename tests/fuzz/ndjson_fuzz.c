/* SPDX-License-Identifier: EUPL-1.2 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/ingest/ndjson_reference.h"

/* Any bytes at all as one line: the decoder and a general parser agree on accepting it, on the
 * reason for refusing it and on every value. The first byte chooses what the source is allowed. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

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
    const char *difference = reference_difference(&reference, &line);
    /* A text that needs more scratch than there is: a limit the general parser does not have. */
    bool scratch_is_full = line.reject.code == REJECT_TOO_LONG && size > DECODE_SCRATCH_BYTES;
    if (difference != NULL && !scratch_is_full) {
        (void)fprintf(stderr, "%s: %s instead of %s\n", difference, reject_text(line.reject.code),
                      reject_text(reference.reject.code));
        abort();
    }
    json_free(reference.document);
    return 0;
}
