/* SPDX-License-Identifier: EUPL-1.2 */
#include <time.h>

#include "base/memory.h"
#include "ingest/import_sink.h"

enum { BUSY_WAIT_MS = 200, BUSY_WAITS_MAX = 300 }; /* a minute */

struct engine_sink {
    struct import_sink sink; /* first: the functions cast back */
    struct engine *engine;
    const struct clock *clock;
    const char *tenants[1];
    struct token_grant grant; /* what a token would allow, here said by the operator */
    struct admission admission;
};

void import_sink_close(struct import_sink *sink) {
    if (sink != NULL) sink->close(sink);
}

static enum status write_patiently(struct engine_sink *self, struct error *err) {
    const struct timespec wait = {.tv_nsec = BUSY_WAIT_MS * 1000000L};
    for (int waits = 0;; waits++) {
        enum status status = self->engine->ops->write(self->engine, self->admission.batch, err);
        if (status != STATUS_BUSY || waits == BUSY_WAITS_MAX) return status;
        (void)nanosleep(&wait, NULL);
    }
}

static enum status engine_flush(struct import_sink *sink, struct error *err) {
    struct engine_sink *self = (struct engine_sink *)sink;
    struct batch *batch = self->admission.batch;
    if (batch->row_count == 0) return STATUS_OK;
    TRY(write_patiently(self, err));
    for (uint32_t row = 0; row < batch->row_count; row++)
        import_report_outcome(sink->report, batch->position[row], (enum outcome)batch->outcome[row],
                              (enum reject_code)batch->refusal[row]);
    batch_clear(batch);
    return STATUS_OK;
}

static void report_rejections(struct engine_sink *self) {
    for (size_t i = 0; i < self->admission.rejection_count; i++) {
        const struct rejection *rejection = &self->admission.rejections[i];
        import_report_reject(self->sink.report, rejection->position, rejection->reject.code,
                             rejection->reject.detail);
    }
    self->admission.rejection_count = 0;
}

static enum status engine_add(struct import_sink *sink, const struct event *event, uint32_t line,
                              struct error *err) {
    struct engine_sink *self = (struct engine_sink *)sink;
    if (self->admission.batch->row_count == 0) self->admission.now_ms = clock_utc_ms(self->clock);
    if (!admission_add(&self->admission, event, line)) report_rejections(self);
    if (self->admission.batch->row_count < IMPORT_BATCH_ROWS) return STATUS_OK;
    return engine_flush(sink, err);
}

static void engine_sink_close(struct import_sink *sink) {
    struct engine_sink *self = (struct engine_sink *)sink;
    admission_free(&self->admission);
    batch_free(self->admission.batch);
    memory_free(self);
}

enum status import_sink_engine(const struct import_engine_options *options,
                               struct import_report *report, struct import_sink **out,
                               struct error *err) {
    *out = NULL;
    struct engine_sink *self = memory_new(1, sizeof *self);
    struct batch *batch = batch_create();
    if (self == NULL || batch == NULL) {
        memory_free(self);
        batch_free(batch);
        return error_set(err, STATUS_NO_MEMORY, "import: no memory");
    }
    self->sink = (struct import_sink){
        .add = engine_add, .flush = engine_flush, .close = engine_sink_close, .report = report};
    self->engine = options->engine;
    self->clock = options->clock;
    self->tenants[0] = options->tenant != NULL ? options->tenant : "*";
    self->grant = (struct token_grant){
        .id = "import", .source = options->source, .tenant_count = 1, .tenants = self->tenants};
    self->admission = (struct admission){.grant = &self->grant,
                                         .pseudonyms = options->pseudonyms,
                                         .extras = options->extras,
                                         .extras_count = options->extras_count,
                                         .now_ms = clock_utc_ms(options->clock),
                                         .imported = true,
                                         .batch = batch};
    *out = &self->sink;
    return STATUS_OK;
}
