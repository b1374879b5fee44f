/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "dashboard/settings.h"
#include "ingest/admission.h"

/* config: the configuration file (JSON, docs/CONFIGURATION.md), checked as a whole before anything
 * starts. Every value has a default, so no file at all is a valid configuration. Immutable once
 * loaded. */
struct config_limits {
    uint32_t loops;                      /* event loops */
    uint32_t event_workers, event_queue; /* lane of POST /v1/events */
    uint32_t question_workers, question_queue;
    uint32_t page_workers, page_queue;
    uint32_t connections;
    uint32_t idle_timeout_ms;
    uint32_t drain_ms;     /* how long a stop waits for requests under way */
    size_t body_bytes;     /* of one request, as sent */
    size_t inflight_bytes; /* of all bodies together */
    size_t question_bytes; /* memory of one question */
    size_t kept_bytes;     /* of kept answers */
};

struct config {
    struct arena arena;        /* everything below lives here */
    const char *listen;        /* "127.0.0.1:8080" */
    const char *keys, *tokens; /* NULL: beside the data */
    struct settings settings;
    uint32_t extras_count; /* tenants that declare fields of their own */
    const struct tenant_extras *extras;
    struct config_limits limits;
};

enum { CONFIG_BYTES_MAX = 4 << 20, CONFIG_TENANTS_MAX = 20000, CONFIG_TARGETS_MAX = 10000 };
#define CONFIG_FILE "pegel.json" /* in the data folder, when --config is not given */

/* path NULL: the defaults. Files that it names are found from its own folder. INVALID: the sentence
 * begins with the path of the bad value ("tenants.091620000000.zone"). Release with config_close in
 * any case. */
MUST_USE enum status config_open(const char *path, struct config *out, struct error *err);
/* The same from its text; `folder` is where other files are found. */
MUST_USE enum status config_parse(const char *json, size_t size, const char *folder,
                                  struct config *out, struct error *err);
/* `path` when given, else CONFIG_FILE in the data folder if there is one, else the defaults. */
MUST_USE enum status config_find(const char *path, const char *data, struct config *out,
                                 struct error *err);
void config_close(struct config *config);

/* "127.0.0.1:8080" or "[::1]:8080" into a numeric address without brackets and a port (0: any). */
MUST_USE enum status config_listen(const char *listen, char *address, size_t address_size,
                                   uint16_t *port, struct error *err);

#endif
