/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/sample.h"

#include "base/memory.h"
#include "event/column.h"
#include "sample/almanac.h"
#include "sample/capacity.h"
#include "sample/document.h"
#include "sample/occurrence.h"
#include "sample/rhythm.h"
#include "sample/story.h"
#include "sample/town.h"
#include "sample/truth.h"
#include "sample/wheel.h"

enum {
    AFTER_DAYS = 420, /* the almanac knows appointments and office days beyond the end */
    BUFFER_BYTES = 256 * 1024,
    PROBE_STORIES = 4000, /* enough to know how many events a story has */
    TRIES_MAX = 20,
    WORKING_DAYS_PERCENT = 69 /* of all days: offices close on weekends and holidays */
};

/* Per cent of all stories that begin in each way, and of all lines that are page views at least. */
static const uint8_t entry_share[ENTRY_COUNT] = {43, 16, 22, 10, 9};
enum { PAGE_VIEWS = 12 };

struct sample {
    struct sample_options options;
    struct almanac almanac;
    struct town town;
    struct rhythm rhythm;
    uint64_t stories;      /* of all entries together */
    uint64_t page_views;   /* as many as fill up the number of lines */
    uint32_t planned_days; /* every so many working days planned slots are reported; 0: never */
    uint32_t free_days;    /* ... and free ones */
    uint64_t seed;         /* mixed */
    struct wheel *wheel;   /* NULL while counting */
    struct truth *truth;   /* NULL: not wanted */
    uint64_t lines, repeats, numbered;
    struct story story;
    char *buffer;
    size_t buffered;
    sample_write_fn write;
    void *context; /* of write */
};

enum status sample_open(const struct sample_options *options, struct sample **out,
                        struct error *err) {
    *out = NULL;
    if (options->events < SAMPLE_EVENTS_MIN || options->events > SAMPLE_EVENTS_MAX ||
        options->days < SAMPLE_DAYS_MIN || options->days > SAMPLE_DAYS_MAX ||
        options->tenants < 1 || options->tenants > TOWN_TENANTS_MAX ||
        options->end_day < SAMPLE_DAYS_MAX || options->end_day > 100000)
        return error_set(err, STATUS_INVALID, "sample: an option is out of its range");
    struct sample *sample = memory_new_array(struct sample, 1);
    if (sample == NULL) return error_set(err, STATUS_NO_MEMORY, "sample");
    sample->options = *options;
    sample->seed = dice_mix(options->seed);
    int64_t first_day = options->end_day - options->days;
    enum status status = almanac_init(&sample->almanac, first_day, options->days + AFTER_DAYS, err);
    if (status != STATUS_OK) goto done;
    int64_t start_ms = almanac_utc(&sample->almanac, 0, 0);
    int64_t end_ms = almanac_utc(&sample->almanac, options->days, 0);
    town_init(&sample->town, options->tenants, start_ms, end_ms);
    status = rhythm_init(&sample->rhythm, &sample->almanac, start_ms,
                         (uint32_t)((end_ms - start_ms) / HOUR_MS), err);
    if (status != STATUS_OK) goto done;
    sample->buffer = memory_get(BUFFER_BYTES);
    if (sample->buffer == NULL) {
        status = error_set(err, STATUS_NO_MEMORY, "sample: buffer");
        goto done;
    }
    *out = sample;
    sample = NULL;
done:
    sample_close(sample);
    return status;
}

void sample_close(struct sample *sample) {
    if (sample == NULL) return;
    truth_close(sample->truth);
    wheel_close(sample->wheel);
    rhythm_free(&sample->rhythm);
    almanac_free(&sample->almanac);
    memory_free(sample->buffer);
    memory_free(sample);
}

/* Numbers the events of a story and lets them wait for their time; counts only, without a wheel. */
static enum status keep(struct sample *sample, struct story *story, struct error *err) {
    sample->lines += story->count + story->repeats;
    sample->repeats += story->repeats;
    if (sample->wheel == NULL) return STATUS_OK;
    if (sample->truth != NULL) TRY(truth_add(sample->truth, story, err));
    for (uint32_t i = 0; i < story->count; i++) {
        struct occurrence *event = &story->events[i];
        event->number = sample->numbered++;
        TRY(wheel_add(sample->wheel, event, err));
        if (event->repeat == 0) continue;
        event->send_ms += dice_spread(&story->dice, 2 * HOUR_MS, 500);
        if (event->send_ms >= sample->town.end_ms) event->send_ms = sample->town.end_ms - 1;
        TRY(wheel_add(sample->wheel, event, err));
    }
    return STATUS_OK;
}

static void story_reset(struct sample *sample, uint64_t number) {
    struct story *story = &sample->story;
    story->town = &sample->town;
    story->almanac = &sample->almanac;
    story->seed = sample->seed;
    story->number = number;
    story->dice = dice_of(~sample->seed, number); /* other dice than those inside the story */
    story->count = 0;
    story->repeats = 0;
    story->tenant = 0;
    story->service = SERVICE_COUNT;
    story->channel = CHANNEL_ABSENT;
    story->device = DEVICE_ABSENT;
    story->lang = OCCURRENCE_NONE;
}

static enum status begin_stories(struct sample *sample, uint32_t hour,
                                 const struct town_choice choice[ENTRY_COUNT], uint64_t *number,
                                 struct error *err) {
    for (int entry = 0; entry < ENTRY_COUNT; entry++) {
        uint64_t total = sample->stories * entry_share[entry] / 100;
        uint64_t quota = rhythm_quota(&sample->rhythm, (enum town_entry)entry, total, hour);
        for (; quota > 0; quota--, (*number)++) {
            uint32_t tenant, service;
            struct dice dice = dice_of(~sample->seed, *number);
            town_pick(&choice[entry], &dice, &tenant, &service);
            int64_t time_ms =
                sample->town.start_ms + hour * HOUR_MS + dice_below(&dice, (uint32_t)HOUR_MS);
            story_reset(sample, *number);
            story_begin(&sample->story, *number, tenant, service, (enum town_entry)entry, time_ms);
            TRY(keep(sample, &sample->story, err));
        }
    }
    return STATUS_OK;
}

/* Page views have no story: they fill up the number of lines, so none of them is sent twice. */
static enum status view_pages(struct sample *sample, uint32_t hour,
                              const struct town_choice *choice, uint64_t *number,
                              struct error *err) {
    uint64_t quota = rhythm_quota(&sample->rhythm, ENTRY_VISIT, sample->page_views, hour);
    for (; quota > 0; quota--, (*number)++) {
        struct story *story = &sample->story;
        story_reset(sample, *number);
        uint32_t tenant, service;
        town_pick(choice, &story->dice, &tenant, &service);
        story->tenant = (uint8_t)tenant;
        story->service = (uint8_t)service;
        story->device = (uint8_t)(1 + dice_below(&story->dice, 100) / 48);
        story->lang = dice_chance(&story->dice, 880) ? 0 : 1;
        struct occurrence *event = story_add(
            story, TYPE_PAGE_VIEWED, STORY_NOBODY,
            sample->town.start_ms + hour * HOUR_MS + dice_below(&story->dice, (uint32_t)HOUR_MS));
        uint32_t abroad = 1 + dice_below(&story->dice, OCCURRENCE_COUNTRIES - 1);
        event->country = dice_chance(&story->dice, 955) ? 0 : (uint8_t)abroad;
        event->repeat = 0;
        story->repeats = 0;
        TRY(keep(sample, story, err));
    }
    return STATUS_OK;
}

/* Slots of an office on a day: what is booked there on average, and some more. */
static int64_t slots_a_day(const struct sample *sample, uint32_t tenant, uint32_t office) {
    uint64_t sizes = 0;
    for (uint32_t i = 0; i < sample->options.tenants; i++) sizes += sample->town.tenant[i].size;
    const uint64_t bookings = sample->stories * entry_share[ENTRY_BOOKING] / 100 *
                              capacity_share(office) / 1000000 * sample->town.tenant[tenant].size /
                              sizes;
    const uint64_t days = (uint64_t)sample->options.days * WORKING_DAYS_PERCENT / 100 + 1;
    return (int64_t)(bookings * 100 / CAPACITY_BOOKED_PERCENT / days) + 1;
}

static void report_capacity(struct sample *sample, uint32_t tenant, uint32_t office,
                            uint32_t index) {
    struct story *story = &sample->story;
    const uint32_t working = sample->almanac.days[index].working_before;
    if (capacity_share(office) == 0) return;
    const int64_t slots = slots_a_day(sample, tenant, office);
    story->tenant = (uint8_t)tenant;
    if (sample->planned_days > 0 && working % sample->planned_days == 0)
        capacity_report_planned(story, office, index, slots);
    if (sample->free_days > 0 && working % sample->free_days == 0)
        capacity_report_free(story, office, index, slots);
}

/* How many cases of a service a municipality may have in a month: each way of beginning by its
 * share, and by how often a case comes of it. Every place has the same mix. */
static int64_t cases_a_month(const struct sample *sample, uint32_t tenant, uint32_t service) {
    static const uint8_t becomes_case[ENTRY_COUNT] = {63, 100, 35, 41, 0}; /* per cent */
    uint64_t cases = 0, sizes = 0;
    for (int entry = 0; entry < ENTRY_COUNT; entry++) {
        uint64_t weights = 0;
        for (uint32_t i = 0; i < SERVICE_COUNT; i++) weights += town_service[i].weight[entry];
        cases += sample->stories * entry_share[entry] * becomes_case[entry] / 10000 *
                 town_service[service].weight[entry] / weights;
    }
    for (uint32_t i = 0; i < sample->options.tenants; i++) sizes += sample->town.tenant[i].size;
    cases = cases * sample->town.tenant[tenant].size / sizes * 30 / sample->options.days;
    return (int64_t)cases + 1;
}

/* Wages and postage of a month, per service, on the evening of the 28th. */
static void book_costs(struct sample *sample, uint32_t tenant, uint32_t service, uint32_t index) {
    struct story *story = &sample->story;
    story->tenant = (uint8_t)tenant;
    story->service = (uint8_t)service;
    const struct town_service *of = &town_service[service];
    int64_t cases = cases_a_month(sample, tenant, service);
    for (int code = OCCURRENCE_CODE_STAFF; code <= OCCURRENCE_CODE_POSTAGE; code++) {
        struct occurrence *event = story_add(story, TYPE_COST_BOOKED, STORY_NOBODY,
                                             almanac_utc(&sample->almanac, index, 18 * HOUR_MS));
        if (event == NULL) return;
        event->code = (uint8_t)code;
        int64_t cents = code == OCCURRENCE_CODE_STAFF ? of->cost_cents : 140;
        event->value = cases * cents * dice_between(&story->dice, 90, 110) / 100;
    }
}

/* What the offices report by themselves on one day. */
static enum status do_routine(struct sample *sample, uint32_t index, uint64_t number,
                              struct error *err) {
    const struct almanac_day *day = &sample->almanac.days[index];
    for (uint32_t tenant = 0; tenant < sample->options.tenants; tenant++) {
        story_reset(sample, number + tenant);
        if (day->working)
            for (uint32_t office = 0; office < OFFICE_COUNT; office++)
                report_capacity(sample, tenant, office, index);
        TRY(keep(sample, &sample->story, err));
        story_reset(sample, number + TOWN_TENANTS_MAX + tenant);
        const bool books = day->day == 28 && sample->planned_days > 0;
        for (uint32_t service = 0; books && service < SERVICE_COUNT; service++)
            book_costs(sample, tenant, service, index);
        TRY(keep(sample, &sample->story, err));
    }
    return STATUS_OK;
}

static enum status flush(struct sample *sample, struct error *err) {
    size_t size = sample->buffered;
    sample->buffered = 0;
    return size == 0 ? STATUS_OK : sample->write(sample->context, sample->buffer, size, err);
}

static enum status send_hour(struct sample *sample, struct occurrence_writer *writer, uint32_t hour,
                             struct error *err) {
    const struct occurrence *const *events;
    size_t count;
    TRY(wheel_take(sample->wheel, hour, &events, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (sample->buffered > BUFFER_BYTES - OCCURRENCE_LINE_BYTES_MAX) TRY(flush(sample, err));
        sample->buffered += occurrence_write(writer, events[i], sample->buffer + sample->buffered);
    }
    return STATUS_OK;
}

/* Lives through all hours once. Without a wheel nothing is sent: that counts the lines. */
static enum status live(struct sample *sample, struct error *err) {
    struct town_choice choice[ENTRY_COUNT];
    struct occurrence_writer writer;
    uint64_t story = 0, view = UINT64_C(1) << 60, routine = UINT64_C(1) << 61;
    uint32_t today = UINT32_MAX;
    occurrence_writer_init(&writer, &sample->town, sample->seed);
    sample->lines = sample->repeats = sample->numbered = 0;
    for (uint32_t hour = 0; hour < sample->rhythm.hour_count; hour++) {
        int64_t time_ms = sample->town.start_ms + hour * HOUR_MS;
        uint32_t index = almanac_index(&sample->almanac, time_ms);
        if (index != today) {
            today = index;
            for (int entry = 0; entry < ENTRY_COUNT; entry++)
                town_choose(&sample->town, (enum town_entry)entry, time_ms, &choice[entry]);
            TRY(do_routine(sample, index, routine, err));
            routine += 2 * TOWN_TENANTS_MAX;
        }
        TRY(begin_stories(sample, hour, choice, &story, err));
        if (sample->wheel == NULL) continue;
        TRY(view_pages(sample, hour, &choice[ENTRY_VISIT], &view, err));
        TRY(send_hour(sample, &writer, hour, err));
    }
    return STATUS_OK;
}

static enum status count_lines(struct sample *sample, uint64_t stories, struct error *err) {
    sample->stories = stories;
    return live(sample, err);
}

/* Every day, week or month, at least every `most` working days: so often that the lines are a
 * twentieth of all at most. 0: never. */
static uint32_t days_between_reports(const struct sample *sample, uint32_t lines, uint32_t most) {
    static const uint32_t choices[] = {1, 5, 20}; /* working days */
    const uint64_t daily = (uint64_t)lines * OFFICE_COUNT * sample->options.tenants *
                           sample->options.days * WORKING_DAYS_PERCENT / 100;
    for (size_t i = 0; i < sizeof choices / sizeof *choices && choices[i] <= most; i++)
        if (daily / choices[i] <= sample->options.events / 20) return choices[i];
    return 0;
}

/* Finds how many stories leave room for page views, which then fill up the lines exactly. */
static enum status plan(struct sample *sample, struct error *err) {
    uint64_t events = sample->options.events;
    sample->planned_days = days_between_reports(sample, CAPACITY_PLANNED_LINES, 5);
    sample->free_days = days_between_reports(sample, CAPACITY_FREE_LINES, 20);
    TRY(count_lines(sample, 0, err));
    uint64_t routine = sample->lines;
    TRY(count_lines(sample, PROBE_STORIES, err));
    uint64_t probed = sample->lines - routine;
    CHECK(probed > 0);
    uint64_t room = (events - routine) / 100 * (100 - PAGE_VIEWS);
    uint64_t stories = room * PROBE_STORIES / probed;
    for (int i = 0; i < TRIES_MAX; i++) {
        TRY(count_lines(sample, stories, err));
        if (sample->lines <= events) break;
        stories = stories * 9 / 10;
    }
    CHECK(sample->lines <= events);
    sample->page_views = events - sample->lines;
    return STATUS_OK;
}

enum status sample_run(struct sample *sample, sample_write_fn write, void *context,
                       struct error *err) {
    sample->write = write;
    sample->context = context;
    TRY(plan(sample, err));
    TRY(wheel_open(sample->town.start_ms, sample->rhythm.hour_count, &sample->wheel, err));
    if (sample->options.truth)
        TRY(truth_open(&sample->town, &sample->almanac, &sample->truth, err));
    TRY(live(sample, err));
    TRY(flush(sample, err));
    CHECK(sample->lines == sample->options.events);
    return STATUS_OK;
}

void sample_config(const struct sample *sample, struct text *text) {
    document_config(&sample->town, text);
}

const char *sample_assumptions(const struct sample *sample, uint32_t number, char *name,
                               struct text *text) {
    if (number > sample->options.tenants) return NULL;
    /* About half of the stories come to a case. */
    uint64_t cases = sample->stories / 2 * 365 / sample->options.days;
    if (number == 0) {
        document_assumptions(&sample->town, TOWN_EVERYWHERE, cases, text);
        return "assumptions.json";
    }
    document_assumptions(&sample->town, number - 1, cases, text);
    document_assumptions_file(&sample->town, number - 1, name);
    return name;
}

void sample_truth(const struct sample *sample, struct text *text) {
    text_add_format(text, "{\"lines\":%llu,\"repeats\":%llu,\"from\":\"",
                    (unsigned long long)sample->lines, (unsigned long long)sample->repeats);
    text_add_utc(text, sample->town.start_ms);
    text_add_string(text, "\",\"as_of\":\"");
    text_add_utc(text, sample->town.end_ms);
    text_add_string(text, "\",\"pilots\":");
    document_pilots(&sample->town, text);
    if (sample->truth != NULL) {
        text_add_string(text, ",\n\"kpis\":");
        truth_write(sample->truth, text);
    }
    text_add_string(text, "}\n");
}
