#pragma once

#include <string>

#include "engine/base/error.h"
#include "sync/decode_limits.h"
#include "sync/message.h"

// The form for people and curl: one JSON object with the message's members by their names in message.h. ULIDs are text,
// hashes 32 hexadecimal digits, the upper half first; an event's value stands as it is, "value", or as "base64".
//
//   {"from":{"node":"…","epoch":"…","lc":17,"chain":"…"},"ids":["…"],"events":[{"key":"…","value":{"truck":"t7"}}]}
//
// Members of unknown names are passed over, so that old nodes talk to new ones.
// Errors: a sentence that says what is wrong, and at which byte. Nothing is taken on trust: see DecodeLimits.
// Threads: any.
namespace laterbase::sync {

std::string encode_json(const Message& message);
Result<Message> decode_json(BytesView text, const DecodeLimits& limits = {});

}  // namespace laterbase::sync
