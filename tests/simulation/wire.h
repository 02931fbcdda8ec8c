#pragma once

#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "sync/message.h"

// Messages as bytes, in either form, and what can happen to the bytes.
namespace laterbase::simulation {

enum class Form : std::uint8_t { binary, json };

std::string encode(const sync::Message& message, Form form, const std::vector<Ulid>& asked);
Result<sync::Message> decode(BytesView bytes, Form form, const std::vector<Ulid>& asked);

// The same message as a later version would send it: with members that this one doesn't know.
std::string with_unknown_member(std::string bytes, Form form);
// Only the first of `thousandths` of the bytes; never all.
std::string cut(std::string bytes, std::uint64_t thousandths);
// One bit flipped. JSON has no checksum of its own, TCP and TLS do: a damaged body is a cut one.
std::string corrupt(std::string bytes, Form form, std::uint64_t thousandths);

}  // namespace laterbase::simulation
