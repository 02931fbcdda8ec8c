#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/events/append.h"

// Bodies of POST /db/{db}/e: bytes to a batch. Values stay the bytes that came; they are checked and cut out, never
// parsed into anything.
namespace laterbase::api {

enum class BodyType : std::uint8_t {
  json,            // an array is a batch, anything else one event
  ndjson,          // one value a line
  envelopes,       // an array of {"key"?, "at"?, "value" | "base64"}, or one of them
  envelope_lines,  // the same, one a line
  raw,             // one event
};

struct BodyLimits {
  std::uint64_t max_event_bytes = 1 << 20;
  std::uint64_t max_events = 100'000;
};

// Why a body is no batch, for a problem document.
struct BodyError {
  enum class Kind : std::uint8_t { malformed, unfit, too_large } kind = Kind::malformed;
  std::string detail;                    // a sentence that names line or element
  std::optional<std::uint64_t> line;     // counted from 1
  std::optional<std::uint64_t> element;  // of an array, counted from 1
};

using ParsedBody = boost::system::result<void, BodyError>;

// Fills batch.payload and batch.events; the batch may have been used before. Nothing where the type is one that looks
// like ours and isn't, or says another charset than UTF-8.
std::optional<BodyType> body_type(std::string_view content_type);
ParsedBody parse_body(BodyType type, std::string_view body, const BodyLimits& limits, Batch& batch);

// What the batch's event `index` (from 0) is called in the body: "Line 3", "Element 3 of the array", "The event".
struct EventPlace {
  std::string text;
  std::optional<std::uint64_t> line, element;
};
EventPlace place_of_event(BodyType type, std::string_view body, std::size_t index);

[[noreturn]] void throw_exception_from_error(const BodyError& error, const boost::source_location& location);

}  // namespace laterbase::api
