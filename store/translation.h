/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_TRANSLATION_H
#define STORE_TRANSLATION_H

#include "event/batch.h"
#include "store/names.h"

/* translation: the codes of a batch's own dictionary as codes of the store. Whoever brings a batch
 * makes it, before the writer has it; nearly always every name is known by then, and the writer
 * needs not look at names at all. */
struct translation {
    uint32_t *codes; /* by batch code; 0: not known yet */
    bool complete;   /* no row says anything that the names do not know */
};

/* Any thread. */
MUST_USE enum status translation_make(struct translation *translation, const struct names *names,
                                      const struct batch *batch, struct error *err);
void translation_free(struct translation *translation);

/* Adds what a row says and the names do not know yet; REJECT_NONE, or why the row is refused: a
 * dimension without bound, too many form steps. Writer only. */
MUST_USE enum status translation_row(struct translation *translation, struct names *names,
                                     const struct batch *batch, uint32_t row,
                                     enum reject_code *refusal, struct error *err);

#endif
