/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: docs/EVENTS.md names every field, type, channel, device and code there is, and what each
 * type requires. Method: look for the row of each in the page. */
#include <stdlib.h>

#include "event/event.h"
#include "tests/test.h"

enum { PAGE_BYTES_MAX = 1 << 16 };
static char page[PAGE_BYTES_MAX];

static void read_page(void) {
    FILE *file = fopen(PEGEL_SOURCE_DIR "/docs/EVENTS.md", "rb");
    EXPECT(file != NULL);
    if (file == NULL) return;
    const size_t size = fread(page, 1, sizeof page - 1, file);
    page[size] = '\0';
    (void)fclose(file);
    EXPECT(size < sizeof page - 1);
}

/* The rest of the table row that begins with the name, or "" when there is none. */
static const char *row_of(const char *name) {
    char begin[128];
    (void)snprintf(begin, sizeof begin, "\n| `%s` | ", name);
    const char *row = strstr(page, begin);
    if (row == NULL) test_fail(__FILE__, __LINE__, "docs/EVENTS.md has no row for %s", name);
    return row == NULL ? "" : row + strlen(begin);
}

static void expect_requires(enum event_type type) {
    static const char *const names[] = {"subject", "service", "step", "start", "value", "code"};
    char wanted[128] = "";
    for (unsigned bit = 0; bit < sizeof names / sizeof names[0]; bit++) {
        if ((type_requires(type) >> bit & 1) == 0) continue;
        const size_t size = strlen(wanted);
        (void)snprintf(wanted + size, sizeof wanted - size, "%s%s", size > 0 ? ", " : "",
                       names[bit]);
    }
    if (wanted[0] == '\0') (void)snprintf(wanted, sizeof wanted, "–");
    const size_t size = strlen(wanted);
    (void)snprintf(wanted + size, sizeof wanted - size, " |");
    if (strncmp(row_of(type_text(type)), wanted, strlen(wanted)) != 0)
        test_fail(__FILE__, __LINE__, "docs/EVENTS.md: %s requires %s", type_text(type), wanted);
}

static void expect_named(const char *field, const char *value) {
    char quoted[64];
    (void)snprintf(quoted, sizeof quoted, "`%s`", value);
    const char *row = row_of(field), *found = strstr(row, quoted);
    if (found == NULL || found > row + strcspn(row, "\n"))
        test_fail(__FILE__, __LINE__, "docs/EVENTS.md: %s can be %s", field, value);
}

TEST(the_page_of_events_names_all_there_is) {
    read_page();
    for (int field = 0; field < FIELD_COUNT; field++) (void)row_of(field_text((enum field)field));
    for (int type = TYPE_UNKNOWN + 1; type < TYPE_COUNT; type++)
        expect_requires((enum event_type)type);
    for (int code = REJECT_NONE + 1; code < REJECT_CODE_COUNT; code++)
        (void)row_of(reject_text((enum reject_code)code));
    for (int channel = CHANNEL_ABSENT + 1; channel < CHANNEL_COUNT; channel++)
        expect_named("channel", channel_text((enum channel)channel));
    for (int device = DEVICE_ABSENT + 1; device < DEVICE_COUNT; device++)
        expect_named("device", device_text((enum device)device));
}
