/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a log line stays one line of a known form, whatever its text. */
#include "base/log.h"

#include "tests/test.h"

TEST(log_line_has_time_level_noun_and_text) {
    char line[LOG_LINE_BYTES_MAX + 1];
    line[log_format(line, LOG_WARN, "token", 0, "file changed")] = '\0';
    EXPECT_TEXT(line,
                "time=1970-01-01T00:00:00.000Z level=warn about=token text=\"file changed\"\n");
}

TEST(log_line_cannot_be_broken_by_its_text) {
    char line[LOG_LINE_BYTES_MAX + 1];
    line[log_format(line, LOG_INFO, "x", 0, "a\nb\"c\\d\x7f")] = '\0';
    EXPECT(strstr(line, "text=\"a\\x0ab\\\"c\\\\d\\x7f\"\n") != NULL);
}

TEST(log_line_is_cut_at_its_limit_and_still_ends) {
    char line[LOG_LINE_BYTES_MAX + 1], text[4096];
    memset(text, '\n', sizeof text);
    text[sizeof text - 1] = '\0';
    for (size_t length = 200; length < sizeof text; length += 7) {
        text[length] = '\0';
        size_t size = log_format(line, LOG_ERROR, "x", 0, text);
        text[length] = '\n';
        EXPECT(size <= LOG_LINE_BYTES_MAX);
        EXPECT(line[size - 1] == '\n' && line[size - 2] == '"');
        EXPECT(memchr(line, '\n', size) == line + size - 1);
    }
}
