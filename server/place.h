/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SERVER_PLACE_H
#define SERVER_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* place: the data folder as the commands see it: where its side files are, and who serves it.
 *
 *   DIR/keys/pseudonyms.key  keys of the pseudonyms (better kept elsewhere: --keys)
 *   DIR/keys/signing.key      what packages are signed with
 *   DIR/tokens.json          tokens of sources
 *   DIR/pegel.json           configuration, when there is one
 *   DIR/pilots.ndjson        frozen plans of pilots (pilot/register.h)
 *   DIR/server.json          only while a server runs: where it listens */
enum { PLACE_PATH_BYTES_MAX = 4096, PLACE_URL_BYTES_MAX = 128 };

/* "DIR/name", or `given` when that is not NULL. TOO_LARGE: a path of more than 4 kB. */
MUST_USE enum status place_path(const char *given, const char *data, const char *name,
                                char path[PLACE_PATH_BYTES_MAX], struct error *err);
#define PLACE_KEYS        "keys/pseudonyms.key"
#define PLACE_SIGNING_KEY "keys/signing.key"
#define PLACE_TOKENS      "tokens.json"
#define PLACE_SERVER      "server.json"

/* Makes the folder (0700) and its parents; fine when they are there. */
MUST_USE enum status place_make_folder(const char *path, struct error *err);
/* Makes the folder that a file of that path lies in. */
MUST_USE enum status place_make_parent(const char *path, struct error *err);

/* Says, or no longer says, that this process serves `data` at `url`. */
MUST_USE enum status place_announce(const char *data, const char *url, struct error *err);
void place_withdraw(const char *data);
/* The base URL of the server of `data`, without a final slash; false when none has announced
 * itself or its process is gone. */
bool place_server(const char *data, char url[PLACE_URL_BYTES_MAX]);

#endif
