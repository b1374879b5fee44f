/* SPDX-License-Identifier: EUPL-1.2 */
/* Any bytes as CloudEvents in each of the three modes: a status, each event accepted or rejected
 * once, never a crash, and nothing leaks. In binary mode the bytes up to the first empty line are
 * headers, one "name: value" a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ingest/decode_cloudevents.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct pseudonyms *opened;
static char path[64];

static void close_keys(void) {
    pseudonyms_close(opened);
    (void)remove(path);
}

static struct pseudonyms *keys(void) {
    static struct clock clock;
    if (opened != NULL) return opened;
    char folder[] = "/tmp/pegel-fuzz-XXXXXX";
    clock = clock_fixed(INT64_C(1800000000000));
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/keys", folder);
    CHECK(pseudonyms_open(path, &clock, &opened, NULL) == STATUS_OK);
    CHECK(atexit(close_keys) == 0);
    return opened;
}

/* Reads the headers out of `text`, which it cuts into strings; answers where the body begins. */
static char *read_headers(char *text, struct cloudevent_headers *headers) {
    while (*text != '\0' && *text != '\n') {
        char *end = strchr(text, '\n'), *colon = strchr(text, ':');
        if (end == NULL) return text;
        *end = '\0';
        if (colon != NULL && colon < end) {
            *colon = '\0';
            cloudevent_headers_add(headers, text, colon + 1);
        }
        text = end + 1;
    }
    return *text == '\n' ? text + 1 : text;
}

/* A body must mean the same by a tree and without. */
static void compare_with_trees(const char *body, size_t size, bool many, enum status status,
                               const struct admission *admission) {
    struct admission other = *admission;
    other.rejections = NULL;
    other.rejection_count = other.rejection_capacity = 0;
    other.rejected = other.dropped_fields = 0;
    other.batch = batch_create();
    CHECK(other.batch != NULL);
    struct error err = {""};
    decode_cloudevents_by_trees(true);
    CHECK(status == (many ? decode_cloudevents_batch(body, size, &other, &err)
                          : decode_cloudevents_structured(body, size, &other, &err)));
    decode_cloudevents_by_trees(false);
    CHECK(other.rejected == admission->rejected);
    CHECK(other.dropped_fields == admission->dropped_fields);
    CHECK(other.batch->row_count == admission->batch->row_count);
    for (uint32_t row = 0; row < other.batch->row_count; row++) {
        CHECK(other.batch->content[row] == admission->batch->content[row]);
        CHECK(memcmp(&other.batch->id[row], &admission->batch->id[row],
                     sizeof other.batch->id[0]) == 0);
    }
    for (size_t i = 0; i < other.rejection_count; i++) {
        CHECK(other.rejections[i].reject.code == admission->rejections[i].reject.code);
        CHECK(strcmp(other.rejections[i].reject.detail, admission->rejections[i].reject.detail) ==
              0);
        CHECK(strcmp(other.rejections[i].id, admission->rejections[i].id) == 0);
    }
    admission_free(&other);
    batch_free(other.batch);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size < 1) return 0;
    static const char *const tenants[] = {"091620000000"};
    static const struct token_grant grant = {
        .id = "fuzz", .source = "fuzz", .tenant_count = 1, .tenants = tenants};
    struct admission admission = {.grant = &grant,
                                  .pseudonyms = keys(),
                                  .now_ms = INT64_C(1800000000000),
                                  .batch = batch_create()};
    CHECK(admission.batch != NULL);
    struct error err = {""};
    enum status status;
    if (bytes[0] % 3 == 0) {
        char *text = memory_copy_text((const char *)bytes + 1, size - 1);
        struct cloudevent_headers headers = {0};
        CHECK(text != NULL);
        const char *body = read_headers(text, &headers);
        status = decode_cloudevents_binary(&headers, body, strlen(body), &admission, &err);
        memory_free(text);
    } else if (bytes[0] % 3 == 1) {
        status = decode_cloudevents_structured((const char *)bytes + 1, size - 1, &admission, &err);
    } else {
        status = decode_cloudevents_batch((const char *)bytes + 1, size - 1, &admission, &err);
    }
    CHECK((status == STATUS_OK) == (err.text[0] == '\0'));
    if (status == STATUS_OK && bytes[0] % 3 != 2)
        CHECK(admission.batch->row_count + admission.rejected == 1);
    if (bytes[0] % 3 != 0)
        compare_with_trees((const char *)bytes + 1, size - 1, bytes[0] % 3 == 2, status,
                           &admission);
    admission_free(&admission);
    batch_free(admission.batch);
    return 0;
}
