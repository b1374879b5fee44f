/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a configuration is taken as a whole or refused with the path of what is wrong.
 * Method: the whole format once, then one mistake at a time. */
#include "server/config.h"

#include <stdio.h>

#include "tests/test.h"

static enum status parse(const char *json, struct config *config, struct error *err) {
    *err = (struct error){{0}};
    return config_parse(json, strlen(json), test_folder(), config, err);
}

TEST(without_a_file_everything_has_a_default) {
    struct config config;
    struct error err = {{0}};
    EXPECT_OK(config_find(NULL, test_folder(), &config, &err));
    EXPECT_TEXT(config.listen, "127.0.0.1:8080");
    EXPECT(config.keys == NULL && config.tokens == NULL);
    EXPECT_EQ(config.settings.tenant_count, 0);
    EXPECT_EQ(config.limits.body_bytes, 64 << 20);
    EXPECT_LE(1, config.limits.event_workers);
    EXPECT_LE(config.limits.body_bytes, config.limits.inflight_bytes);
    config_close(&config);
}

TEST(an_empty_object_is_the_defaults) {
    struct config config;
    struct error err;
    EXPECT_OK(parse(" {} ", &config, &err));
    EXPECT_TEXT(config.listen, "127.0.0.1:8080");
    config_close(&config);
}

TEST(every_key_is_understood) {
    static const char json[] =
        "{\"listen\":\"[::1]:9000\",\"keys\":\"/k/keys\",\"tokens\":\"t.json\","
        "\"calendar\":\"12-24,12-31\","
        "\"tenants\":{\"091620000000\":{\"name\":\"Beispielstadt\",\"zone\":\"Europe/Vienna\","
        "\"dimensions\":[\"district\",\"floor\"],\"measures\":[\"fee\"],"
        "\"targets\":{\"no_show\":0.05,\"processing_time\":{\"p50\":864000,"
        "\"services\":{\"pass\":{\"p90\":259200},\"ban\":5}}}},"
        "\"110000000000\":{}},"
        "\"services\":{\"pass\":{\"name\":{\"de\":\"Pass\",\"en\":\"Passport\",\"tr\":\"P\","
        "\"ar\":\"ج\"}},\"ban\":{}},"
        "\"steps\":{\"income\":{\"de\":\"Einkommen\",\"en\":\"Income\"},\"rent\":{}},"
        "\"limits\":{\"loops\":1,\"event_workers\":2,\"event_queue\":3,\"question_workers\":4,"
        "\"question_queue\":5,\"page_workers\":6,\"page_queue\":7,\"connections\":8,"
        "\"idle_timeout_ms\":90000,\"drain_ms\":10,\"body_bytes\":1000,\"inflight_bytes\":2000,"
        "\"question_bytes\":3000,\"kept_bytes\":4000}}";
    struct config config;
    struct error err;
    EXPECT_OK(parse(json, &config, &err));
    EXPECT_TEXT(err.text, "");
    EXPECT_TEXT(config.listen, "[::1]:9000");
    EXPECT_TEXT(config.keys, "/k/keys");
    EXPECT(strstr(config.tokens, "/t.json") != NULL); /* from the folder of the file */
    EXPECT_TEXT(config.settings.calendar, "12-24,12-31");
    EXPECT_EQ(config.settings.tenant_count, 2);
    const struct tenant_settings *tenant = settings_tenant(&config.settings, "091620000000");
    EXPECT_TEXT(tenant->name, "Beispielstadt");
    EXPECT_TEXT(tenant->zone, "Europe/Vienna");
    EXPECT_EQ(tenant->target_count, 4);
    EXPECT_TEXT(tenant->targets[0].kpi, "no_show");
    EXPECT_TEXT(tenant->targets[0].stat, "value");
    EXPECT(tenant->targets[0].service == NULL);
    EXPECT_NEAR(tenant->targets[0].value, 0.05, 0);
    EXPECT_TEXT(tenant->targets[1].stat, "p50");
    EXPECT_TEXT(tenant->targets[2].service, "pass");
    EXPECT_TEXT(tenant->targets[2].stat, "p90");
    EXPECT_TEXT(tenant->targets[3].service, "ban");
    EXPECT_TEXT(tenant->targets[3].stat, "value");
    EXPECT_EQ(config.extras_count, 1);
    EXPECT_TEXT(config.extras[0].tenant, "091620000000");
    EXPECT_EQ(config.extras[0].dimension_count, 2);
    EXPECT_TEXT(config.extras[0].dimensions[1], "floor");
    EXPECT_TEXT(config.extras[0].measures[0], "fee");
    EXPECT_TEXT(settings_service(&config.settings, "pass")->name[LANGUAGE_EN], "Passport");
    EXPECT(settings_service(&config.settings, "ban")->name[LANGUAGE_DE] == NULL);
    EXPECT(settings_service(&config.settings, "none") == NULL);
    EXPECT_EQ(config.settings.step_count, 2);
    EXPECT_TEXT(config.settings.steps[0].key, "income");
    EXPECT_TEXT(config.settings.steps[0].name[LANGUAGE_DE], "Einkommen");
    EXPECT_TEXT(config.settings.steps[0].name[LANGUAGE_EN], "Income");
    EXPECT(config.settings.steps[0].name[LANGUAGE_AR] == NULL);
    EXPECT_TEXT(config.settings.steps[1].key, "rent");
    EXPECT(config.settings.steps[1].name[LANGUAGE_DE] == NULL);
    EXPECT_EQ(config.limits.page_queue, 7);
    EXPECT_EQ(config.limits.idle_timeout_ms, 90000);
    EXPECT_EQ(config.limits.question_bytes, 3000);
    EXPECT_EQ(config.limits.kept_bytes, 4000);
    config_close(&config);
}

TEST(days_hours_and_limits_of_all_places_become_words) {
    static const char json[] =
        "{\"tenants\":{\"053150000000\":{\"closed\":[\"2026-02-16\",\"12-24\"],"
        "\"hours\":{\"mo-th\":\"08:00-12:00+13:00-16:00\",\"fr\":\"closed\"}},"
        "\"091620000000\":{\"closed\":[\"2026-02-17\"],\"known_from\":\"2025-03-01\"}},"
        "\"known_from\":\"2024-01-01\","
        "\"calendar\":\"12-31\",\"limit\":\"3m\","
        "\"services\":{\"99115005070000\":{\"limit\":\"20wd\"},\"permit\":{\"limit\":\"1m\"},"
        "\"passport\":{}}}";
    struct config config;
    struct error err;
    if (parse(json, &config, &err) != STATUS_OK) test_fail(__FILE__, __LINE__, "%s", err.text);
    EXPECT_TEXT(config.settings.calendar,
                "053150000000=2026-02-16,053150000000=12-24,"
                "053150000000=mo-th:08:00-12:00+13:00-16:00,053150000000=fr:closed,"
                "091620000000=2026-02-17,12-31");
    EXPECT_TEXT(config.settings.known_from, "091620000000=2025-03-01,2024-01-01");
    EXPECT_TEXT(config.settings.limit, "3m,99115005070000=20wd,permit=1m");
    config_close(&config);
}

TEST(a_mistake_is_told_with_its_path) {
    static const struct {
        const char *json, *says;
    } mistakes[] = {
        {"[]", "the file: must be an object"},
        {"{", ""},
        {"{\"lissten\":1}", "lissten: there is no such key; known here: listen, keys, tokens"},
        {"{\"listen\":\"a\",\"listen\":\"b\"}", "listen"},
        {"{\"listen\":8080}", "listen: must be a text"},
        {"{\"listen\":\"localhost:80\"}", "listen: \"localhost\" is not a numeric address"},
        {"{\"calendar\":\"13-24\"}", "calendar: "},
        {"{\"limit\":\"3 months\"}", "limit: must be a limit"},
        {"{\"limit\":3}", "limit: must be a text"},
        {"{\"known_from\":\"spring\"}", "known_from: must be a day"},
        {"{\"tenants\":{\"091620000000\":{\"known_from\":\"2024-02-30\"}}}",
         "tenants.091620000000.known_from: must be a day"},
        {"{\"services\":{\"a\":{\"limit\":\"40y\"}}}", "services.a.limit: must be a limit"},
        {"{\"services\":{\"a=b\":{\"limit\":\"3m\"}}}", "services.a=b.limit: "},
        {"{\"tenants\":{\"091620000000\":{\"closed\":[\"02-30\"]}}}",
         "tenants.091620000000.closed[0]: "},
        {"{\"tenants\":{\"091620000000\":{\"closed\":[\"mo:08:00-09:00\"]}}}",
         "tenants.091620000000.closed[0]: must be a day"},
        {"{\"tenants\":{\"091620000000\":{\"closed\":\"12-24\"}}}",
         "tenants.091620000000.closed: must be an array"},
        {"{\"tenants\":{\"091620000000\":{\"hours\":{\"mo\":\"8-16\"}}}}",
         "tenants.091620000000.hours.mo: "},
        {"{\"tenants\":{\"091620000000\":{\"hours\":{\"mo\":\"08:00-09:00,12-24\"}}}}",
         "tenants.091620000000.hours.mo: must be opening hours"},
        {"{\"tenants\":[]}", "tenants: must be an object"},
        {"{\"tenants\":{\"9162\":{}}}", "tenants.9162: a tenant is named by its ARS, 12 digits"},
        {"{\"tenants\":{\"091620000000\":{},\"091620000000\":{}}}",
         "tenants.091620000000: is given twice"},
        {"{\"tenants\":{\"091620000000\":{\"zone\":\"Europe/Berln\"}}}",
         "tenants.091620000000.zone: "},
        {"{\"tenants\":{\"091620000000\":{\"zoone\":1}}}",
         "tenants.091620000000.zoone: there is no such key; known here: name, zone"},
        {"{\"tenants\":{\"091620000000\":{\"dimensions\":\"a\"}}}",
         "tenants.091620000000.dimensions: must be an array of at most 16 names"},
        {"{\"tenants\":{\"091620000000\":{\"dimensions\":[\"a\",\"a\"]}}}",
         "tenants.091620000000.dimensions[1]: is given twice"},
        {"{\"tenants\":{\"091620000000\":{\"dimensions\":[\"office\"]}}}",
         "tenants.091620000000.dimensions[0]: is a field of every event"},
        {"{\"tenants\":{\"091620000000\":{\"assumptions\":\"none.json\"}}}",
         "tenants.091620000000.assumptions: "},
        {"{\"tenants\":{\"091620000000\":{\"targets\":{\"no_shw\":1}}}}",
         "tenants.091620000000.targets.no_shw: there is no KPI"},
        {"{\"tenants\":{\"091620000000\":{\"targets\":{\"no_show\":\"1\"}}}}",
         "tenants.091620000000.targets.no_show: must be a number"},
        {"{\"tenants\":{\"091620000000\":{\"targets\":{\"no_show\":{\"services\":1}}}}}",
         "tenants.091620000000.targets.no_show.services: must be an object"},
        {"{\"tenants\":{\"091620000000\":{\"targets\":{\"no_show\":{\"p50\":[]}}}}}",
         "tenants.091620000000.targets.no_show.p50: must be a number"},
        {"{\"services\":{\"pass\":{\"name\":{\"fr\":\"P\"}}}}",
         "services.pass.name.fr: there is no such key; known here: de, en, tr, ar"},
        {"{\"services\":{\"pass\":{},\"pass\":{}}}", "services.pass: is given twice"},
        {"{\"services\":{\"\":{}}}", "services.: is named by its key, 1 to 64 bytes"},
        {"{\"publisher\":{\"name\":\"A\"}}", "publisher: needs a name, and the url"},
        {"{\"publisher\":{\"name\":\"A\",\"url\":\"example.org\"}}", "publisher.url: must be"},
        {"{\"publisher\":{\"name\":\"A\",\"url\":\"https://a/\"}}", "publisher.url: must be"},
        {"{\"publisher\":{\"nam\":\"A\"}}", "publisher.nam: "},
        {"{\"steps\":[]}", "steps: must be an object by key"},
        {"{\"steps\":{\"a\":{},\"a\":{}}}", "steps.a: is given twice"},
        {"{\"steps\":{\"a\":\"A\"}}", "steps.a: must be an object"},
        {"{\"steps\":{\"a\":{\"de\":1}}}", "steps.a.de: must be a text"},
        {"{\"steps\":{\"a\":{\"name\":{}}}}", "steps.a.name: there is no such key; known here: de"},
        {"{\"steps\":{\"\":{}}}", "steps.: is named by its key"},
        {"{\"limits\":{\"loops\":0}}", "limits.loops: must be a whole number from 1 to 65535"},
        {"{\"limits\":{\"loops\":1.5}}", "limits.loops: must be a whole number"},
        {"{\"limits\":{\"inflight_bytes\":1}}", "limits: inflight_bytes is smaller"}};
    for (size_t at = 0; at < sizeof mistakes / sizeof *mistakes; at++) {
        struct config config;
        struct error err;
        EXPECT_EQ(parse(mistakes[at].json, &config, &err), STATUS_INVALID);
        if (strstr(err.text, mistakes[at].says) == NULL) EXPECT_TEXT(err.text, mistakes[at].says);
        EXPECT(err.text[0] != '\0');
        config_close(&config);
    }
}

TEST(a_configuration_lies_beside_the_data_or_where_it_is_said) {
    char path[256];
    struct config config;
    struct error err = {{0}};
    const char *folder = test_folder();
    snprintf(path, sizeof path, "%s/" CONFIG_FILE, folder);
    FILE *file = fopen(path, "w");
    fputs("{\"listen\":\"127.0.0.1:1\",\"tokens\":\"t\"}", file);
    fclose(file);
    EXPECT_OK(config_find(NULL, folder, &config, &err));
    EXPECT_TEXT(config.listen, "127.0.0.1:1");
    snprintf(path, sizeof path, "%s/t", folder);
    EXPECT_TEXT(config.tokens, path);
    config_close(&config);
    EXPECT_EQ(config_find("/nowhere/x.json", folder, &config, &err), STATUS_NOT_FOUND);
    EXPECT(strstr(err.text, "/nowhere/x.json") != NULL);
    config_close(&config);
}

TEST(addresses_are_numeric_and_have_a_port) {
    char address[64];
    uint16_t port;
    struct error err;
    EXPECT_OK(config_listen("127.0.0.1:0", address, sizeof address, &port, &err));
    EXPECT_TEXT(address, "127.0.0.1");
    EXPECT_EQ(port, 0);
    EXPECT_OK(config_listen("[::1]:65535", address, sizeof address, &port, &err));
    EXPECT_TEXT(address, "::1");
    EXPECT_EQ(port, 65535);
    static const char *const bad[] = {"",
                                      "8080",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      ":8080",
                                      "127.0.0.1:65536",
                                      "localhost:8080",
                                      "::1:8080",
                                      "[::1]80",
                                      "[]:80",
                                      "[127.0.0.1]:80",
                                      "127.0.0.1:8o"};
    for (size_t at = 0; at < sizeof bad / sizeof *bad; at++)
        EXPECT_EQ(config_listen(bad[at], address, sizeof address, &port, &err), STATUS_INVALID);
}
