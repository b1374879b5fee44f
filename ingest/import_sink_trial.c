/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/memory.h"
#include "base/text.h"
#include "ingest/event_json.h"
#include "ingest/import_sink.h"

enum { SHOWN_BYTES_MAX = 1 << 16 };

struct trial_sink {
    struct import_sink sink; /* first: the functions cast back */
    const struct clock *clock;
    FILE *file;
    uint32_t to_show;
    struct batch *batch; /* finds what only the columns can: personal data in a dimension */
};

static enum status show(struct trial_sink *self, const struct event *event, struct error *err) {
    struct text text;
    self->to_show--;
    text_init(&text, SHOWN_BYTES_MAX);
    event_json_write(&text, event);
    bool written = !text.failed && fwrite(text.bytes, 1, text.size, self->file) == text.size;
    text_free(&text);
    return written ? STATUS_OK : error_set(err, STATUS_IO, "import: cannot write what is mapped");
}

static enum status trial_add(struct import_sink *sink, const struct event *event, uint32_t line,
                             struct error *err) {
    struct trial_sink *self = (struct trial_sink *)sink;
    struct reject reject = {REJECT_NONE, ""};
    struct event_origin origin = {.subject = 1,
                                  .tenant = event->tenant,
                                  .source = {"import", 6},
                                  .arrival_ms = clock_utc_ms(self->clock),
                                  .flags = EVENT_IMPORTED,
                                  .position = line};
    if (!event_validate(event, origin.arrival_ms, &origin.type, &reject) ||
        !batch_append(self->batch, event, &origin, &reject)) {
        import_report_reject(sink->report, line, reject.code, reject.detail);
        return STATUS_OK;
    }
    if (self->batch->row_count == IMPORT_BATCH_ROWS) batch_clear(self->batch);
    import_report_outcome(sink->report, line, OUTCOME_ACCEPTED, REJECT_NONE);
    return self->to_show > 0 ? show(self, event, err) : STATUS_OK;
}

static enum status trial_flush(struct import_sink *sink, struct error *err) {
    struct trial_sink *self = (struct trial_sink *)sink;
    if (self->file == NULL || fflush(self->file) == 0) return STATUS_OK;
    return error_set(err, STATUS_IO, "import: cannot write what is mapped");
}

static void trial_close(struct import_sink *sink) {
    batch_free(((struct trial_sink *)sink)->batch);
    memory_free(sink);
}

enum status import_sink_trial(FILE *file, uint32_t shown, const struct clock *clock,
                              struct import_report *report, struct import_sink **out,
                              struct error *err) {
    *out = NULL;
    struct trial_sink *self = memory_new(1, sizeof *self);
    struct batch *batch = batch_create();
    if (self == NULL || batch == NULL) {
        memory_free(self);
        batch_free(batch);
        return error_set(err, STATUS_NO_MEMORY, "import: no memory");
    }
    self->sink = (struct import_sink){
        .add = trial_add, .flush = trial_flush, .close = trial_close, .report = report};
    self->clock = clock;
    self->file = file;
    self->to_show = file != NULL ? shown : 0;
    self->batch = batch;
    *out = &self->sink;
    return STATUS_OK;
}
