/* SPDX-License-Identifier: EUPL-1.2 */
#include "report/words.h"

static const char *const texts[WORD_COUNT][LANGUAGE_COUNT] = {
#define X(name, de, en, tr, ar) \
    [WORD_##                    \
        name] = {[LANGUAGE_DE] = de, [LANGUAGE_EN] = en, [LANGUAGE_TR] = tr, [LANGUAGE_AR] = ar},
    WORD_LIST(X)
#undef X
};

const char *word_text(enum word word, enum language language) {
    return texts[word][language];
}
