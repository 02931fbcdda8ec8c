#include "engine/base/invariant.h"
#include "sync/binary_codec.h"
#include "sync/json_codec.h"

// A message in JSON. What is taken means the same in both codecs.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace laterbase::sync;
  const DecodeLimits limits{1000, 1000, 1 << 20, 1000, 1000, 1000, 1000};
  const auto message = decode_json({reinterpret_cast<const char*>(data), size}, limits);
  if (!message) {
    LATERBASE_INVARIANT(!message.error().detail.empty(), "a refusal says why");
    return 0;
  }
  const auto again = decode_json(encode_json(*message), limits);
  LATERBASE_INVARIANT(again && *again == *message, "what was taken is written and taken again");
  const auto binary = decode_binary(encode_binary(*message), limits);
  LATERBASE_INVARIANT(binary && *binary == *message, "and is the same in binary");
  return 0;
}
