/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_EXPANDER_H
#define BASE_EXPANDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* expander: decompression piece by piece, the same for every format. What compression.c and
 * stream.c share with the two files that know a library. One thread. */
struct expander {
    /* Moves *in towards in_end and *out towards out_end until one of them is reached; *in also
     * stops where a frame or member ends. INVALID: damaged. */
    enum status (*step)(struct expander *expander, const uint8_t **in, const uint8_t *in_end,
                        uint8_t **out, uint8_t *out_end, struct error *err);
    void (*free)(struct expander *expander);
    bool complete; /* the last frame or member has ended: the input may end here */
};

/* NULL: no memory. */
MUST_USE struct expander *expander_gzip(void);
/* Frames that want a window over 2^window_log_max bytes are refused as INVALID. */
MUST_USE struct expander *expander_zstd(int window_log_max);

enum {
    EXPANDER_BODY_WINDOW_LOG = 23, /* 8 MiB: what RFC 9659 allows a sender over HTTP */
    EXPANDER_FILE_WINDOW_LOG = 27  /* 128 MiB: what the zstd tool writes without --long=28 */
};

#endif
