/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_PDF_ACCESSIBLE_H
#define REPORT_PDF_ACCESSIBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* pdf_accessible: what Cairo 1.16 cannot say in a tagged PDF, added behind it as an incremental
 * update (ISO 32000-1, 7.5.6): the language of the document, that its title is to be shown, texts
 * for who does not see a figure, and that head cells speak of their columns. Pure. */
enum { PDF_FIGURES_MAX = 64 };

struct pdf_accessible {
    const char *language; /* "de" */
    bool right_to_left;
    uint32_t figure_count;
    const char *figures[PDF_FIGURES_MAX]; /* what they show, in their order */
};

/* Appends to a whole PDF of Cairo. false: it has another form than the one known, and is left as
 * it is. */
bool pdf_accessible_add(const struct pdf_accessible *what, struct text *pdf);

#endif
