/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/result.h"

#include "base/status.h"

const char *result_state_text(enum result_state state) {
    switch (state) {
        case RESULT_OK: return "ok";
        case RESULT_FEW: return "few";
        case RESULT_SUPPRESSED: return "suppressed";
        case RESULT_NO_DATA: return "no_data";
        case RESULT_PROVISIONAL: return "provisional";
        case RESULT_INCOMPLETE: return "incomplete";
    }
    CHECK(false);
}
