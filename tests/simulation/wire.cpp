#include "tests/simulation/wire.h"

#include "engine/base/hash.h"
#include "sync/binary_codec.h"
#include "sync/json_codec.h"

namespace laterbase::simulation {
namespace {

constexpr std::size_t check_bytes = sizeof(std::uint64_t);
constexpr char unknown_tag = 0x6f;

}  // namespace

std::string encode(const sync::Message& message, Form form, const std::vector<Ulid>& asked) {
  return form == Form::json ? sync::encode_json(message) : sync::encode_binary(message, asked);
}

Result<sync::Message> decode(BytesView bytes, Form form, const std::vector<Ulid>& asked) {
  return form == Form::json ? sync::decode_json(bytes) : sync::decode_binary(bytes, {}, asked);
}

std::string with_unknown_member(std::string bytes, Form form) {
  if (form == Form::json) {
    const bool is_empty = bytes.find('"') == std::string::npos;
    bytes.insert(bytes.find('{') + 1, std::string(R"("of_2031":{"x":[1,null,"y"]})") + (is_empty ? "" : ","));
    return bytes;
  }
  bytes.resize(bytes.size() - check_bytes);
  bytes += unknown_tag;
  bytes += std::string("\x03xyz");
  append_le(bytes, hash64(bytes));
  return bytes;
}

std::string cut(std::string bytes, std::uint64_t thousandths) {
  bytes.resize(bytes.size() * thousandths / 1000);
  return bytes;
}

std::string corrupt(std::string bytes, Form form, std::uint64_t thousandths) {
  if (form == Form::json) return cut(std::move(bytes), thousandths);
  bytes[bytes.size() * thousandths / 1000] ^= static_cast<char>(1 << (thousandths % 8));
  return bytes;
}

}  // namespace laterbase::simulation
