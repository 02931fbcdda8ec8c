#pragma once

#include <string>

#include "engine/base/error.h"
#include "sync/decode_limits.h"
#include "sync/message.h"

// The form in which nodes speak (application/vnd.laterbase.sync), byte by byte:
//
//   "LBS" 1     then sections, each at most once: tag u8, varint of its bytes, its bytes     then XXH3-64 of all before
//
// A member of the message is a section; whoever doesn't know a tag skips it, so that old nodes talk to new ones. The
// sections' insides are in binary_writer.h. json_codec.h writes the same members under their names.
// Errors: a sentence that says what is wrong. Nothing is taken on trust: see DecodeLimits.
// Threads: any.
namespace laterbase::sync {

inline constexpr std::string_view binary_type = "application/vnd.laterbase.sync";

// `asked`: the ids that `lacks` is the answer to, where it is one; the decoder must be given the same.
std::string encode_binary(const Message& message, const std::vector<Ulid>& asked = {});
Result<Message> decode_binary(BytesView bytes, const DecodeLimits& limits = {}, const std::vector<Ulid>& asked = {});

}  // namespace laterbase::sync
