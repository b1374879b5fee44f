/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

/* status: the one way in which Pegel's functions fail. The status tells the caller what can be done
 * about it, the sentence in `struct error` tells a person what happened. The table below is the
 * only place where names and HTTP codes meet. Sorted by HTTP code. */
#define STATUS_LIST(X)                                                                   \
    X(OK, 200)                                                                           \
    X(INVALID, 400)      /* the request or file is wrong: the sender has to change it */ \
    X(UNAUTHORIZED, 401) /* no token, or one that is not known */                        \
    X(FORBIDDEN, 403)    /* known, but not allowed to do this */                         \
    X(NOT_FOUND, 404)                                                                    \
    X(TOO_LARGE, 413)   /* over a named limit */                                         \
    X(UNSUPPORTED, 415) /* a content type or encoding we do not speak */                 \
    X(BUSY, 429)        /* a bounded queue is full: retry later */                       \
    X(CORRUPT, 500)     /* stored bytes fail their checksum or format */                 \
    X(IO, 503)          /* the operating system refused */                               \
    X(NO_MEMORY, 503)   /* an allocation failed or a budget is used up */                \
    X(CLOSED, 503)      /* the server is shutting down */

enum status {
#define X(name, http) STATUS_##name,
    STATUS_LIST(X)
#undef X
};

struct error {
    char text[400]; /* empty unless a function that was given this error failed */
};

#define MUST_USE               __attribute__((warn_unused_result))
#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))

/* Formats the sentence (lower case, no full stop: what was being done, and to what) and returns
 * `status`, so that reporting and failing are one line. `err` may be NULL. */
enum status error_set(struct error *err, enum status status, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* For functions that hold nothing yet; once something is held, `goto done`. */
#define TRY(expression)                                 \
    do {                                                \
        enum status try_status = (expression);          \
        if (try_status != STATUS_OK) return try_status; \
    } while (0)

/* Always on, in release too: a broken invariant stops the process before it reaches the disk. */
#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))
_Noreturn void check_failed(const char *file, int line, const char *condition);

int status_http(enum status status);
const char *status_name(enum status status); /* "OK", "INVALID", ...: static */

#endif
