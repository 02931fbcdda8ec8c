#pragma once

#include <vector>

#include "server/api/services.h"
#include "server/http/router.h"

// The routes of each subject, with what the OpenAPI document says of them. `services` outlives the routes.
namespace laterbase::api {

std::vector<http::Route> database_routes(Services& services);
std::vector<http::Route> event_routes(Services& services);
std::vector<http::Route> sync_routes(Services& services);
std::vector<http::Route> peer_routes(Services& services);
std::vector<http::Route> sql_routes(Services& services);
std::vector<http::Route> view_routes(Services& services);
std::vector<http::Route> tree_routes(Services& services);
std::vector<http::Route> plugin_routes(Services& services);
// `all` is complete by the time the first request is answered: the OpenAPI document is made from it.
std::vector<http::Route> operating_routes(Services& services, const http::Router& all);

}  // namespace laterbase::api
