/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef DASHBOARD_MEMO_H
#define DASHBOARD_MEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/text.h"

/* memo: one answer that every page asks for and that hardly changes, kept for a while when making
 * it is costly. What is quick to make is made each time, so a small store never shows an old one.
 * Any thread. */
#define MEMO_WORTH_NS UINT64_C(100000000)   /* an answer that took less is not kept */
#define MEMO_AGE_NS   UINT64_C(60000000000) /* one that is older is made anew */

struct memo;

MUST_USE struct memo *memo_create(const struct clock *clock); /* NULL: no memory */
void memo_free(struct memo *memo);                            /* accepts NULL */

/* True: the answer was added to `out`; it may be older than MEMO_AGE_NS while somebody is making a
 * new one. False: the caller makes it, and says with memo_put or memo_give_up when that is done. */
bool memo_get(struct memo *memo, struct text *out);
void memo_put(struct memo *memo, const struct text *answer);
void memo_give_up(struct memo *memo);

#endif
