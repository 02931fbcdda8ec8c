#pragma once

#include "server/api/answers.h"

// The handlers behind event_routes(), one file for each way to come to events.
namespace laterbase::api {

http::Awaitable<void> post_events(Services& services, Exchange& exchange);
// The feed (also live), bulk reads and ranges: told apart by their parameters.
http::Awaitable<void> get_events(Services& services, Exchange& exchange);
http::Awaitable<void> get_feed(Services& services, Exchange& exchange, std::shared_ptr<Root> root);
void get_range(Services& services, Exchange& exchange, std::shared_ptr<Root> root);
void get_keys(Services& services, Exchange& exchange, std::shared_ptr<Root> root);
void get_event(Services& services, Exchange& exchange);
// What merges put aside.
void get_conflicts(Services& services, Exchange& exchange);

}  // namespace laterbase::api
