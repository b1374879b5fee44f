/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SERVER_WHOLE_FILE_H
#define SERVER_WHOLE_FILE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"

/* whole_file: reads small files of the operator (configuration, assumptions) at once. */

/* The bytes and a final NUL, in the arena. NOT_FOUND: no such file. TOO_LARGE: more than `limit`.
 * IO: it cannot be read. The sentence names the path. */
MUST_USE enum status whole_file_read(const char *path, size_t limit, struct arena *arena,
                                     char **bytes, size_t *size, struct error *err);

#endif
