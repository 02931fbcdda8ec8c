#include "engine/base/hash.h"
#include "engine/base/invariant.h"
#include "sync/binary_codec.h"
#include "sync/json_codec.h"

// Sections of a binary message; the envelope around them is made right. What is taken means the same in both codecs.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace laterbase;
  using namespace laterbase::sync;
  std::string bytes = "LBS\1";
  bytes.append(reinterpret_cast<const char*>(data), size);
  append_le(bytes, hash64(bytes));
  const std::vector<Ulid> asked = {{0, 1}, {0, 2}, {0, 9}};
  const DecodeLimits limits{1000, 1000, 1 << 20, 1000, 1000, 1000, 1000};
  const auto message = decode_binary(bytes, limits, asked);
  if (!message) {
    LATERBASE_INVARIANT(!message.error().detail.empty(), "a refusal says why");
    return 0;
  }
  const auto again = decode_binary(encode_binary(*message, asked), limits, asked);
  LATERBASE_INVARIANT(again && *again == *message, "what was taken is written and taken again");
  const auto text = decode_json(encode_json(*message), limits);
  LATERBASE_INVARIANT(text && *text == *message, "and is the same in JSON");
  return 0;
}
