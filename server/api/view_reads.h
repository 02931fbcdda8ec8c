#pragma once

#include "server/api/answers.h"

namespace laterbase::api {

// GET /{db}/{view}: rows as JSON, NDJSON or CSV, or live.
http::Awaitable<void> read_relation(Services& services, Exchange& exchange);

}  // namespace laterbase::api
