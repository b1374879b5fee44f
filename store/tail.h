/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_TAIL_H
#define STORE_TAIL_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/frame.h"
#include "store/names.h"
#include "store/part_list.h"

/* tail: rows in memory in the order of their arrival. The writer appends to the newest one; a full
 * one is sealed, and stays as it is until a segment has its rows. Nobody sorts on the way in: who
 * reads sorts what no reader before has sorted, and keeps it for the next.
 *
 * Columns never move: a reader takes a reference and a copy of the frame's head (the view), which
 * says how many rows are committed. What is in a column behind them means nothing. */
struct tail {
    _Atomic uint32_t references;
    struct frame rows;
    uint64_t order;          /* see struct part */
    pthread_mutex_t sorting; /* guards what follows */
    struct part_list pieces; /* runs: together rows 0..sorted_rows-1, oldest first */
    uint32_t sorted_rows;
};

MUST_USE struct tail *tail_create(uint32_t row_capacity); /* NULL: no memory */
struct tail *tail_retain(struct tail *tail);
void tail_release(struct tail *tail); /* accepts NULL */
/* Empty again, its memory kept. False, and nothing done, when somebody else has it too. */
bool tail_reuse(struct tail *tail);
uint64_t tail_bytes(const struct tail *tail); /* of its columns */

/* Copies rows[0..count-1] of a column of the kind behind the tail's end, at row `at`. codes: where
 * a CODE is replaced; NULL: nowhere. values NULL: absent. The tail has room. Writer only. */
MUST_USE enum status tail_put(struct tail *tail, uint32_t column, uint32_t at, const void *values,
                              const uint32_t *rows, uint32_t count, const uint32_t *codes,
                              struct error *err);

/* Adds runs to *out, with a reference each, that hold every row of the view at least. Pieces grow
 * like the digits of a number, so a row is sorted a few times however often somebody reads; a
 * sealed tail becomes one piece. Any thread. */
MUST_USE enum status tail_sort(struct tail *tail, const struct frame *view, bool sealed,
                               const struct names *names, struct part_list *out, struct error *err);

/* Oldest first. */
struct tail_list {
    struct tail **tails;
    uint32_t count;
    size_t capacity;
};
enum { TAIL_LIST_MAX = 256 };
MUST_USE bool tail_list_reserve(struct tail_list *list); /* room for one more */
void tail_list_free(struct tail_list *list);             /* releases them */
uint64_t tail_list_rows(const struct tail_list *list);
uint64_t tail_list_bytes(const struct tail_list *list);

#endif
