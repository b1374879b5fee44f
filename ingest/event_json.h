/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_EVENT_JSON_H
#define INGEST_EVENT_JSON_H

#include "base/text.h"
#include "event/event.h"

/* event_json: writes an event in the flat form, one JSON object on one line with its line feed:
 * what POST /v1/events and the NDJSON decoder read. Extra dimensions and measures have no names
 * here and are not written. Pure. */
void event_json_write(struct text *text, const struct event *event);

#endif
