/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_GATHER_H
#define QUERY_GATHER_H

#include "query/alike.h"
#include "query/filter.h"
#include "query/fold.h"
#include "query/timeline.h"

/* gather: from blocks of rows to what is counted in groups: emit -> place -> keep of query/fold.h.
 * FACT_ROWS_MAX rows at a time, so that all that is between emit and the groups stays in the first
 * level of the cache. Everything in the arena of the question; one thread. */
struct gather {
    const struct fold_question *question;
    const struct fold *fold;
    const struct fold_source *source; /* the one being read */
    fold_emit emit;
    const struct filter *filter;
    const enum dimension *by;
    uint32_t by_count;
    struct timeline timeline;
    struct groups groups;
    struct alike alike;    /* of a source of lives */
    struct lives *lives;   /* of a piece; NULL: no source has any */
    struct facts *facts;   /* lanes of any source */
    uint8_t *passes;       /* by row of the block: the filters */
    uint32_t *cell_plus_1; /* by row of the block; 0: not known, groups_cell tells */
    uint32_t *bucket;      /* by row of the piece; BUCKET_NOWHERE: its fact does not count */
    struct group **group;  /* by row of the piece */
    uint32_t *number;      /* by row of the block: of its code in one dimension, and 1 */
    uint16_t *valued;      /* rows whose value is looked at: small ones, then large ones */
    uint8_t *size;         /* by row of the piece: of a value that is looked at */
    /* bits per class: its values are looked at; its facts before the period are kept */
    uint64_t valued_classes, early_classes;
    bool is_unit[UINT8_MAX + 1];      /* by class */
    uint8_t tally_of[UINT8_MAX + 1];  /* the class, and for CLASS_NONE the one after the last */
    uint8_t series_of[UINT8_MAX + 1]; /* SERIES_MAX: its values go into no series */
};

/* group_limit: rows of the answer. `question`, `fold`, `filter` and `by` are kept, not copied. */
MUST_USE enum status gather_init(struct gather *gather, const struct fold_question *question,
                                 const struct fold *fold, const struct filter *filter,
                                 const enum dimension *by, uint32_t by_count, uint32_t group_limit);
/* emit: that of the source for the blocks which follow. */
void gather_begin_source(struct gather *gather, const struct fold_source *source, fold_emit emit);
/* trails: as of fold_rows. A block of the source: its columns, those of the dimensions (NULL where
 * rows have none) and flags. TOO_LARGE: more groups than the limit. */
MUST_USE enum status gather_block(struct gather *gather, const void *const *columns,
                                  uint32_t row_count, const void *const dimensions[DIMENSION_COUNT],
                                  const uint8_t *flags, const struct trails *trails);
/* After the last source. */
MUST_USE enum status gather_end(struct gather *gather);
/* Adds what another gathered of the same question, whose arena must live on. */
MUST_USE enum status gather_absorb(struct gather *gather, const struct gather *other);

#endif
