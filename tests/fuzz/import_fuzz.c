/* SPDX-License-Identifier: EUPL-1.2 */
/* Any bytes as an XES or CSV file, compressed or not: a status, never a crash, and nothing leaks.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ingest/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char MAPPING[] =
    "{\"format\":\"csv\",\"columns\":[\"a\",\"b\",\"c\"],\"time\":{\"format\":\"%Y-%m-%d\"},"
    "\"fields\":{\"subject\":\"a\",\"service\":\"b\",\"step\":\"b\"},\"events\":[{\"type\":"
    "\"case.received\",\"time\":\"c\"}],\"order\":[\"case.received\"]}";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size < 1) return 0;
    bool csv = bytes[0] % 2 == 0;
    int file = memfd_create("input", 0);
    char path[64];
    struct error err = {""};
    struct mapping *mapping = NULL;
    CHECK(file >= 0 && write(file, bytes + 1, size - 1) == (ssize_t)(size - 1));
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (csv)
        CHECK(mapping_parse(MAPPING, strlen(MAPPING), FORMAT_CSV, &mapping, NULL) == STATUS_OK);
    struct import_report report = {0};
    struct clock clock = clock_fixed(INT64_C(1800000000000));
    struct import import = {.report = &report, .mapping = mapping, .tenant = {"091620000000", 12}};
    CHECK(import_sink_trial(NULL, 0, &clock, &report, &import.sink, NULL) == STATUS_OK);
    enum status status = import_file(&import, path, csv ? FORMAT_CSV : FORMAT_XES, &err);
    CHECK((status == STATUS_OK) == (err.text[0] == '\0'));
    CHECK(report.accepted + report.rejected == import.event_count);
    import_sink_close(import.sink);
    mapping_free(mapping);
    (void)close(file);
    return 0;
}
