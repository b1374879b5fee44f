/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum status error_set(struct error *err, enum status status, const char *format, ...) {
    if (err == NULL) return status;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    return status;
}

int status_http(enum status status) {
    static const int codes[] = {
#define X(name, http) http,
        STATUS_LIST(X)
#undef X
    };
    return codes[status];
}

const char *status_name(enum status status) {
    static const char *const names[] = {
#define X(name, http) #name,
        STATUS_LIST(X)
#undef X
    };
    return names[status];
}

void check_failed(const char *file, int line, const char *condition) {
    (void)fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, condition);
    abort();
}
