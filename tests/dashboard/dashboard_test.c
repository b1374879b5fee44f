/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: no route is served that the description of the API does not name, and the description holds
 * together. (Whether it is true: tests/server/api_test.c.)
 * Method: the routes themselves, against the paths of the description; every reference in it. */
#include "dashboard/dashboard.h"

#include "base/json.h"
#include "dashboard/asset.h"
#include "tests/test.h"

/* "/v1/kpis/" + "*" is described as "/v1/kpis/{id}", the pages as "/". */
static bool is_described(const struct json *paths, const struct http_route *route) {
    const char *method = strcmp(route->method, "POST") == 0 ? "post" : "get";
    const size_t size = strcspn(route->path, "*");
    for (const struct json *path = json_first(paths); path != NULL; path = json_next(path)) {
        const char *name = json_name(path);
        const bool same = route->path[size] == '\0' || size == 1
                              ? strncmp(name, route->path, size) == 0 && name[size] == '\0'
                              : strncmp(name, route->path, size) == 0 && name[size] == '{';
        if (same && json_member(path, method) != NULL) return true;
    }
    return false;
}

TEST(every_route_is_described) {
    struct dashboard dashboard = {0};
    struct http_route routes[DASHBOARD_ROUTES];
    struct json *document;
    const struct asset *openapi = asset_find("/openapi.json");
    EXPECT_OK(json_parse((const char *)openapi->bytes, openapi->size, &document, NULL));
    dashboard_routes(&dashboard, 1, 2, routes);
    for (unsigned at = 0; at < DASHBOARD_ROUTES; at++) {
        EXPECT(routes[at].handler != NULL && routes[at].context == &dashboard);
        EXPECT(routes[at].lane == 1 || routes[at].lane == 2);
        if (!is_described(json_member(document, "paths"), &routes[at]))
            test_fail(__FILE__, __LINE__, "%s %s is not described", routes[at].method,
                      routes[at].path);
    }
    json_free(document);
}

/* "#/components/schemas/X" leads somewhere. */
static bool leads_somewhere(const struct json *document, const char *pointer) {
    const struct json *value = *pointer == '#' ? document : NULL;
    for (pointer += 1; value != NULL && *pointer == '/';) {
        char name[100];
        const size_t size = strcspn(pointer + 1, "/");
        snprintf(name, sizeof name, "%.*s", (int)size, pointer + 1);
        value = json_member(value, name);
        pointer += size + 1;
    }
    return value != NULL;
}

struct walk {
    const struct json *document;
    unsigned references, operations;
    const char *operation[64];
};

static void visit(struct walk *walk, const struct json *value) {
    const char *name = json_name(value), *text = json_text(value, NULL);
    if (name != NULL && text != NULL && strcmp(name, "$ref") == 0) {
        walk->references++;
        if (!leads_somewhere(walk->document, text))
            test_fail(__FILE__, __LINE__, "%s leads nowhere", text);
    }
    if (name != NULL && text != NULL && strcmp(name, "operationId") == 0) {
        for (unsigned at = 0; at < walk->operations; at++)
            EXPECT(strcmp(walk->operation[at], text) != 0);
        CHECK(walk->operations < 64);
        walk->operation[walk->operations++] = text;
    }
    if (json_kind(value) == JSON_OBJECT || json_kind(value) == JSON_ARRAY)
        for (const struct json *at = json_first(value); at != NULL; at = json_next(at))
            visit(walk, at);
}

TEST(the_description_holds_together) {
    struct json *document;
    const struct asset *openapi = asset_find("/openapi.json");
    EXPECT_OK(json_parse((const char *)openapi->bytes, openapi->size, &document, NULL));
    struct walk walk = {.document = document};
    visit(&walk, document);
    EXPECT(walk.references > 50);
    EXPECT(walk.operations >= DASHBOARD_ROUTES);
    EXPECT_TEXT(json_text(json_member(json_member(document, "info"), "version"), ""),
                PEGEL_VERSION);
    json_free(document);
}
