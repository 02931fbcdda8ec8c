#pragma once

#include "server/api/answers.h"

namespace laterbase::api {

// POST /db/{db}/sync?peer=NAME: exchanges with that peer until both sides are equal. As NDJSON it says after each
// answer how far it is; the last line is the outcome, or a problem document.
http::Awaitable<void> sync_now(Services& services, Exchange& exchange);

}  // namespace laterbase::api
