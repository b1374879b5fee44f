/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/timestamp.h"

/* Copies text until `end`, escaped; answers where it stopped. */
static char *escape(char *out, const char *end, const char *text) {
    for (; *text != '\0' && out + 4 <= end; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7f) {
            (void)snprintf(out, 5, "\\x%02x", byte);
            out += 4;
        } else {
            if (byte == '"' || byte == '\\') *out++ = '\\';
            *out++ = (char)byte;
        }
    }
    return out;
}

size_t log_format(char *line, enum log_level level, const char *about, int64_t utc_ms,
                  const char *text) {
    static const char *const names[] = {"info", "warn", "error"};
    char time[TIMESTAMP_TEXT_BYTES];
    timestamp_format_utc(utc_ms, time);
    int head = snprintf(line, LOG_LINE_BYTES_MAX / 2, "time=%s level=%s about=%s text=\"", time,
                        names[level], about);
    CHECK(head > 0 && head < LOG_LINE_BYTES_MAX / 2);
    char *end = escape(line + head, line + LOG_LINE_BYTES_MAX - 3, text);
    *end++ = '"';
    *end++ = '\n';
    return (size_t)(end - line);
}

void log_write(enum log_level level, const char *about, const char *format, ...) {
    char text[LOG_LINE_BYTES_MAX], line[LOG_LINE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size_t size = log_format(line, level, about, clock_utc_ms(clock_system()), text);
    /* One call, so that lines of several threads do not mix. Nobody to tell when it fails. */
    ssize_t written = write(STDERR_FILENO, line, size);
    (void)written;
}
