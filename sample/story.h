/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SAMPLE_STORY_H
#define SAMPLE_STORY_H

#include <stdint.h>

#include "sample/almanac.h"
#include "sample/dice.h"
#include "sample/occurrence.h"
#include "sample/town.h"

/* story: what one citizen goes through: a form, the case that comes of it, an appointment. All of
 * its events are made at once, from (seed, number) alone; what lies after the end of the sample is
 * left out, so the last journeys stay open. No I/O, one thread a story. */
enum { STORY_EVENTS_MAX = 128 };

/* Subjects of one story; a token of each purpose. */
enum story_subject { STORY_NOBODY, STORY_ATTEMPT, STORY_CASE, STORY_APPOINTMENT };

struct story {
    const struct town *town;
    const struct almanac *almanac;
    uint64_t seed;
    uint64_t number;
    struct dice dice;
    struct dice aside; /* for what shall move nothing else */
    uint8_t tenant, service, office, channel, device, lang;
    struct town_effect effect;
    uint64_t link;
    uint32_t repeats; /* how many of the events are sent once more */
    uint32_t count;
    struct occurrence events[STORY_EVENTS_MAX]; /* numbers are not given yet */
};

/* Begins a story; town, almanac and seed are set by the caller and stay. */
void story_begin(struct story *story, uint64_t number, uint32_t tenant, uint32_t service,
                 enum town_entry entry, int64_t time_ms);

/* Adds one event, filled from the story, and its time of sending; NULL when it is after the end. */
struct occurrence *story_add(struct story *story, enum event_type type, enum story_subject subject,
                             int64_t time_ms);
/* Parts of a story, each in a file of its own. Each begins at time_ms. */
void story_form(struct story *story, int64_t time_ms);
void story_case(struct story *story, int64_t time_ms);
void story_appointment(struct story *story, int64_t time_ms, bool walk_in);

#endif
