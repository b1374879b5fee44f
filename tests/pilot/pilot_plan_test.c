/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a plan is what was written or is refused with what to change; its canonical form is one,
 * and reads back to itself. Method: the example of the docs; one wrong change after the other; the
 * same plan written in another order and in other units. */
#include "pilot/pilot_plan.h"

#include "tests/test.h"

#define UNITS \
    "\"treated\":[{\"tenant\":\"091620000000\"}],\"control\":[{\"tenant\":\"091840000000\"}],"
#define BASELINE "\"baseline\":{\"from\":\"2026-01-05\",\"to\":\"2026-07-06\"},"
#define PILOT    "\"pilot\":{\"from\":\"2026-07-06\",\"to\":\"2027-01-04\"},"
#define PRIMARY  "\"primary\":{\"kpi\":\"no_show\",\"target\":\"8 %\"},"
#define HEAD     "{\"title\":\"T\",\"author\":\"A\","
#define MINIMUM  "\"minimum_n\":100}"

struct read {
    struct arena arena;
    struct pilot_plan plan;
    struct error err;
    struct text text;
};

static enum status read_plan(struct read *read, const char *json) {
    memset(&read->err, 0, sizeof read->err);
    arena_init(&read->arena, 1 << 20);
    text_init(&read->text, 1 << 20);
    const enum status status =
        pilot_plan_parse(json, strlen(json), &read->arena, &read->plan, &read->err);
    if (status == STATUS_OK) pilot_plan_write(&read->plan, &read->text);
    return status;
}

static void forget(struct read *read) {
    text_free(&read->text);
    arena_free(&read->arena);
}

static void expect_refused(const char *json, const char *why) {
    struct read read;
    EXPECT_EQ(read_plan(&read, json), STATUS_INVALID);
    if (strstr(read.err.text, why) == NULL) EXPECT_TEXT(read.err.text, why);
    forget(&read);
}

TEST(the_example_of_the_docs_is_a_plan_and_its_canonical_form_reads_back_to_itself) {
    static char json[10000];
    struct read read, again;
    char one[SHA256_TEXT_BYTES], two[SHA256_TEXT_BYTES];
    FILE *file = fopen(PEGEL_SOURCE_DIR "/docs/examples/pilot-plan.json", "r");
    CHECK(file != NULL);
    json[fread(json, 1, sizeof json - 1, file)] = '\0';
    fclose(file);
    EXPECT_OK(read_plan(&read, json));
    EXPECT_EQ(read.plan.baseline_weeks, 26);
    EXPECT_EQ(read.plan.pilot_weeks, 26);
    EXPECT_EQ(read.plan.treated_count, 2);
    EXPECT_EQ(read.plan.unit_count, 6);
    EXPECT_EQ(read.plan.measure_count, 3);
    EXPECT(read.plan.measures[0].target == 0.08 && read.plan.measures[0].expected == -0.04);
    EXPECT_OK(read_plan(&again, read.text.bytes));
    EXPECT_TEXT(again.text.bytes, read.text.bytes);
    EXPECT_OK(pilot_plan_hash(&read.plan, one, NULL));
    EXPECT_OK(pilot_plan_hash(&again.plan, two, NULL));
    EXPECT_TEXT(one, two);
    forget(&again);
    forget(&read);
}

TEST(order_and_units_of_writing_do_not_matter) {
    struct read read, other;
    EXPECT_OK(read_plan(&read, HEAD UNITS BASELINE PILOT PRIMARY MINIMUM));
    EXPECT_OK(read_plan(&other,
                        "{\"minimum_n\":1e2," PILOT BASELINE UNITS
                        "\"primary\":{\"target\":0.08,\"kpi\":\"no_show\",\"stat\":\"value\","
                        "\"clock\":\"gross\"},\"author\":\"A\",\"title\":\"T\"}"));
    EXPECT_TEXT(read.text.bytes, other.text.bytes);
    EXPECT_EQ(read.plan.method, PILOT_DIFFERENCES);
    EXPECT_EQ(read.plan.follow_up_days, 14);
    forget(&other);
    forget(&read);
}

TEST(durations_are_told_in_the_units_of_people) {
    static const struct {
        const char *amount;
        double seconds;
    } cases[] = {
        {"\"20 d\"", 1728000}, {"\"3h\"", 10800}, {"\"5 min\"", 300}, {"\"90 s\"", 90}, {"7", 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[1000];
        struct read read;
        snprintf(json, sizeof json,
                 HEAD UNITS BASELINE PILOT
                 "\"primary\":{\"kpi\":\"waiting_time\",\"stat\":\"p90\",\"target\":%s}," MINIMUM,
                 cases[i].amount);
        EXPECT_OK(read_plan(&read, json));
        EXPECT(read.plan.measures[0].target == cases[i].seconds);
        EXPECT_NEAR(read.plan.measures[0].quantile, 0.9, 0);
        forget(&read);
    }
}

TEST(what_is_wrong_is_named) {
    expect_refused("[]", "plan: must be an object");
    expect_refused("{", "");
    expect_refused(HEAD UNITS BASELINE PILOT PRIMARY "\"colour\":1," MINIMUM, "\"colour\"");
    expect_refused(HEAD "\"title\":\"again\"," UNITS BASELINE PILOT PRIMARY MINIMUM, "given twice");
    expect_refused(HEAD "\"treated\":[]," BASELINE PILOT PRIMARY MINIMUM, "treated");
    expect_refused(HEAD "\"treated\":[{\"tenant\":\"0916\"}]," BASELINE PILOT PRIMARY MINIMUM,
                   "12 digits");
    expect_refused(HEAD
                   "\"treated\":[{\"tenant\":\"091620000000\"},{\"tenant\":\"091620000000\","
                   "\"office\":\"x\"}]," BASELINE PILOT PRIMARY MINIMUM,
                   "part of two units");
    expect_refused(
        HEAD UNITS
        "\"baseline\":{\"from\":\"2026-01-06\",\"to\":\"2026-07-06\"}," PILOT PRIMARY MINIMUM,
        "take 2026-01-12");
    expect_refused(HEAD UNITS BASELINE
                   "\"pilot\":{\"from\":\"2026-06-29\",\"to\":\"2027-01-04\"}," PRIMARY MINIMUM,
                   "pilot.from");
    expect_refused(HEAD UNITS BASELINE PILOT MINIMUM, "primary");
    expect_refused(HEAD UNITS BASELINE PILOT "\"primary\":{\"kpi\":\"speed\"}," MINIMUM, "speed");
    expect_refused(HEAD UNITS BASELINE PILOT "\"primary\":{\"kpi\":\"backlog\"}," MINIMUM,
                   "neither a share nor a duration");
    expect_refused(HEAD UNITS BASELINE PILOT "\"primary\":{\"kpi\":\"decided_within\"}," MINIMUM,
                   "neither a share nor a duration"); /* one of each age */
    expect_refused(HEAD UNITS BASELINE PILOT "\"primary\":{\"kpi\":\"activities\"}," MINIMUM,
                   "neither a share nor a duration"); /* one of each activity */
    expect_refused(HEAD UNITS BASELINE PILOT
                   "\"primary\":{\"kpi\":\"no_show\",\"stat\":\"p50\"}," MINIMUM,
                   "stat");
    expect_refused(HEAD UNITS BASELINE PILOT
                   "\"primary\":{\"kpi\":\"no_show\",\"target\":\"8 d\"}," MINIMUM,
                   "ratio");
    expect_refused(HEAD UNITS BASELINE PILOT "\"primary\":{\"kpi\":\"processing_time\"}," MINIMUM,
                   "follow_up_days");
    expect_refused(HEAD UNITS BASELINE PILOT
                   "\"primary\":{\"kpi\":\"processing_time\",\"clock\":\"touch\"}," MINIMUM,
                   "clock");
    expect_refused(HEAD UNITS BASELINE PILOT PRIMARY
                   "\"secondary\":[{\"kpi\":\"no_show\"}]," MINIMUM,
                   "named twice");
    expect_refused(HEAD UNITS BASELINE PILOT PRIMARY "\"minimum_n\":10}", "from 30");
    expect_refused(HEAD UNITS BASELINE PILOT PRIMARY "\"method\":\"before_after\"," MINIMUM,
                   "control units");
    expect_refused(HEAD "\"treated\":[{\"tenant\":\"091620000000\"}]," BASELINE PILOT PRIMARY
                        "\"method\":\"before_after\"," MINIMUM,
                   "52 or 104 weeks");
    expect_refused(HEAD UNITS BASELINE PILOT PRIMARY "\"zone\":\"Mars/Base\"," MINIMUM, "Mars");
}
