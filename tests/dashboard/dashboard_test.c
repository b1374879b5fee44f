/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: no route is served that the description of the API does not name.
 * Method: the routes themselves, against the paths of the description. */
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
