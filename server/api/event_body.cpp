#include "server/api/event_body.h"

#include <fmt/format.h>

#include "engine/base/base64.h"
#include "engine/base/invariant.h"
#include "engine/base/json_text.h"
#include "engine/base/rfc3339.h"
#include "server/http/head.h"
#include "server/http/negotiate.h"

namespace laterbase::api {
namespace {

using Kind = BodyError::Kind;

std::string_view without_blanks(std::string_view line) noexcept {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!line.empty() && blank(line.front())) line.remove_prefix(1);
  while (!line.empty() && blank(line.back())) line.remove_suffix(1);
  return line;
}

EventPlace at_line(std::uint64_t line) { return {fmt::format("Line {}", line), line, {}}; }
EventPlace at_element(std::uint64_t element) { return {fmt::format("Element {}", element), {}, element}; }

class BodyParser {
 public:
  BodyParser(BodyType type, std::string_view body, const BodyLimits& limits, Batch& batch)
      : type_(type), body_(body), limits_(limits), batch_(batch) {
    batch_.payload.assign(body);
    batch_.events.clear();
  }

  ParsedBody run() {
    if (type_ == BodyType::raw) {
      if (add_slice(body_, [] { return EventPlace{"The event", {}, {}}; }))
        batch_.events.back().is_json = is_json(body_);
    } else if (const auto bad = find_bad_utf8(body_)) {
      fail(Kind::malformed, place_of_offset(*bad), fmt::format("is not UTF-8 at byte {} of the body", *bad));
    } else if (type_ == BodyType::ndjson || type_ == BodyType::envelope_lines) {
      lines();
    } else {
      array_or_one();
    }
    if (failed_) return error_;
    return boost::system::in_place_value;
  }

 private:
  bool enveloped() const { return type_ == BodyType::envelopes || type_ == BodyType::envelope_lines; }

  bool fail(Kind kind, const EventPlace& place, std::string_view reason) {
    failed_ = true;
    error_ = {kind, fmt::format("{}: {}.", place.text, reason), place.line, place.element};
    return false;
  }

  EventPlace place_of_offset(std::size_t offset) const {
    std::uint64_t line = 1;
    for (const char c : body_.substr(0, offset)) line += c == '\n' ? 1 : 0;
    return at_line(line);
  }

  void lines() {
    std::uint64_t number = 0;
    for (std::size_t start = 0; start < body_.size() && !failed_;) {
      std::size_t end = body_.find('\n', start);
      if (end == std::string_view::npos) end = body_.size();
      ++number;
      const std::string_view line = without_blanks(body_.substr(start, end - start));
      start = end + 1;
      if (!line.empty()) one_text(line, [number] { return at_line(number); });
    }
  }

  // A text that must be one value from end to end.
  template <typename Place>
  bool one_text(std::string_view text, Place place) {
    JsonScanner scanner(text);
    if (!enveloped() && !scanner.value()) return fail_at(scanner, place());
    if (enveloped() && !envelope(scanner, text, place)) return false;
    if (!scanner.at_end()) return fail(Kind::malformed, place(), "there is more after the value");
    return enveloped() || add_json(text, place);
  }

  bool fail_at(const JsonScanner& scanner, const EventPlace& place) {
    return fail(Kind::malformed, place, fmt::format("it is not JSON: {} (byte {})", scanner.error(), scanner.at() + 1));
  }

  void array_or_one() {
    const std::string_view text = without_blanks(body_);
    if (text.empty()) {
      fail(Kind::malformed, {"The body", {}, {}}, "it is empty, and that is not JSON");
    } else if (text.front() != '[') {
      one_text(text, [] { return EventPlace{"The body", {}, {}}; });
    } else {
      array(text);
    }
  }

  void array(std::string_view text) {
    JsonScanner scanner(text);
    scanner.take('[');
    scanner.skip_space();
    bool more = !scanner.take(']');
    for (std::uint64_t number = 1; more; ++number) {
      const auto place = [number] { return at_element(number); };
      scanner.skip_space();
      const std::size_t start = scanner.at();
      if (enveloped() ? !envelope(scanner, text, place) : !scanner.value()) {
        if (!failed_) fail_at(scanner, place());
        return;
      }
      if (!enveloped() && !add_json(scanner.since(start), place)) return;
      scanner.skip_space();
      more = scanner.take(',');
      if (!more && !scanner.take(']')) {
        fail(Kind::malformed, place(), fmt::format("after it, a comma or ] is missing (byte {})", scanner.at() + 1));
        return;
      }
    }
    scanner.skip_space();
    if (!scanner.at_end()) fail(Kind::malformed, {"The body", {}, {}}, "there is more after the array");
  }

  // ---- envelopes

  struct Envelope {
    std::string_view key, at, value, base64;  // as JSON texts
  };

  template <typename Place>
  bool envelope(JsonScanner& scanner, std::string_view text, Place place) {
    Envelope found;
    if (!scanner.take('{')) return fail(Kind::unfit, place(), R"(an envelope {"key"?, "at"?, "value"} is expected)");
    scanner.skip_space();
    bool more = !scanner.take('}');
    while (more) {
      if (!member(scanner, found, place)) return false;
      scanner.skip_space();
      more = scanner.take(',');
      if (!more && !scanner.take('}')) {
        return fail(Kind::malformed, place(), fmt::format("a comma or }} is missing (byte {})", scanner.at() + 1));
      }
    }
    return add_envelope(found, text, place);
  }

  template <typename Place>
  bool member(JsonScanner& scanner, Envelope& found, Place place) {
    scanner.skip_space();
    const std::size_t name_start = scanner.at();
    if (scanner.peek() != '"') return fail(Kind::malformed, place(), "a member's name in quotes is missing");
    if (!scanner.string()) return fail_at(scanner, place());
    const std::string name = json_unquoted(scanner.since(name_start));
    scanner.skip_space();
    if (!scanner.take(':')) return fail(Kind::malformed, place(), "a colon is missing");
    scanner.skip_space();
    const std::size_t start = scanner.at();
    if (!scanner.value()) return fail_at(scanner, place());
    std::string_view* slot = name == "value"    ? &found.value
                             : name == "key"    ? &found.key
                             : name == "at"     ? &found.at
                             : name == "base64" ? &found.base64
                                                : nullptr;
    if (slot == nullptr)
      // What GET answers may be posted again as it is.
      return name == "lc" || fail(Kind::unfit, place(),
                                  fmt::format("an envelope has no member {:?}; it has key, at, value, base64", name));
    if (!slot->empty()) return fail(Kind::unfit, place(), fmt::format("the member {:?} comes twice", name));
    *slot = scanner.since(start);
    return true;
  }

  template <typename Place>
  bool add_envelope(const Envelope& found, std::string_view, Place place) {
    if (found.value.empty() == found.base64.empty())
      return fail(Kind::unfit, place(), R"(an envelope has either "value" or "base64")");
    const bool is_value = !found.value.empty();
    if (is_value ? !add_json(found.value, place) : !add_base64(found.base64, place)) return false;
    NewEvent& event = batch_.events.back();
    if (!found.key.empty()) {
      if (found.key.front() != '"') return fail(Kind::unfit, place(), "\"key\" is not a string");
      event.key = Ulid::parse(json_unquoted(found.key));
      if (!event.key) return fail(Kind::unfit, place(), "\"key\" is not a ULID, which has 26 letters and digits");
    }
    if (!found.at.empty()) {
      event.at_ms = found.at.front() == '"' ? parse_rfc3339(json_unquoted(found.at)) : std::nullopt;
      if (!event.at_ms) return fail(Kind::unfit, place(), "\"at\" is not a time like \"2016-07-30T23:54:10.259Z\"");
      if (*event.at_ms < 0) return fail(Kind::unfit, place(), "\"at\" is before 1970, which a key can't hold");
      if (event.key && event.key->time_ms() != *event.at_ms)
        return fail(Kind::unfit, place(), "\"key\" and \"at\" name two different times; leave one out");
      if (event.key) event.at_ms.reset();
    }
    return true;
  }

  template <typename Place>
  bool add_base64(std::string_view quoted, Place place) {
    if (quoted.front() != '"') return fail(Kind::unfit, place(), "\"base64\" is not a string");
    const std::size_t start = batch_.payload.size();
    const bool escaped = quoted.find('\\') != std::string_view::npos;
    if (!append_base64_decoded(batch_.payload, escaped ? json_unquoted(quoted) : quoted.substr(1, quoted.size() - 2)))
      return fail(Kind::unfit, place(), "\"base64\" is not base64 with padding");
    const std::size_t size = batch_.payload.size() - start;
    if (!add(start, size, place)) return false;
    batch_.events.back().is_json = is_json({batch_.payload.data() + start, size});
    return true;
  }

  // ---- events

  template <typename Place>
  bool add_json(std::string_view value, Place place) {
    if (!add_slice(value, place)) return false;
    batch_.events.back().is_json = true;
    return true;
  }

  template <typename Place>
  bool add_slice(std::string_view value, Place place) {
    return add(static_cast<std::size_t>(value.data() - body_.data()), value.size(), place);
  }

  template <typename Place>
  bool add(std::size_t offset, std::size_t size, Place place) {
    if (size > limits_.max_event_bytes)
      return fail(Kind::too_large, place(),
                  fmt::format("its value has {} bytes; limits.max_event is {}", size, limits_.max_event_bytes));
    if (batch_.events.size() == limits_.max_events)
      return fail(Kind::too_large, place(),
                  fmt::format("a batch has at most {} events (limits.max_batch_events)", limits_.max_events));
    NewEvent& event = batch_.events.emplace_back();
    event.offset = static_cast<std::uint32_t>(offset);
    event.size = static_cast<std::uint32_t>(size);
    return true;
  }

  BodyType type_;
  std::string_view body_;
  const BodyLimits& limits_;
  Batch& batch_;
  BodyError error_;
  bool failed_ = false;
};

bool says_other_charset(std::string_view content_type) {
  const std::size_t at = content_type.find("charset=");
  if (at == std::string_view::npos) return false;
  std::string_view charset = content_type.substr(at + 8);
  charset = charset.substr(0, charset.find(';'));
  if (charset.starts_with('"')) charset = charset.substr(1, charset.find('"', 1) - 1);
  return !http::equal_ignoring_case(charset, "utf-8") && !http::equal_ignoring_case(charset, "us-ascii");
}

std::uint64_t line_of_event(std::string_view body, std::size_t index) {
  std::uint64_t number = 0;
  for (std::size_t start = 0; start < body.size();) {
    std::size_t end = body.find('\n', start);
    if (end == std::string_view::npos) end = body.size();
    ++number;
    if (!without_blanks(body.substr(start, end - start)).empty() && index-- == 0) break;
    start = end + 1;
  }
  return number;
}

}  // namespace

std::optional<BodyType> body_type(std::string_view content_type) {
  const std::string_view type = http::media_type(content_type);
  const auto is = [type](std::string_view name) { return http::equal_ignoring_case(type, name); };
  constexpr std::string_view ours = "application/vnd.laterbase";
  BodyType found = BodyType::raw;
  if (is("application/json"))
    found = BodyType::json;
  else if (is("application/x-ndjson") || is("application/ndjson"))
    found = BodyType::ndjson;
  else if (is("application/vnd.laterbase+json"))
    found = BodyType::envelopes;
  else if (is("application/vnd.laterbase+x-ndjson") || is("application/vnd.laterbase+ndjson"))
    found = BodyType::envelope_lines;
  else if (http::equal_ignoring_case(type.substr(0, ours.size()), ours))
    return std::nullopt;
  if (found != BodyType::raw && says_other_charset(content_type)) return std::nullopt;
  return found;
}

ParsedBody parse_body(BodyType type, std::string_view body, const BodyLimits& limits, Batch& batch) {
  return BodyParser(type, body, limits, batch).run();
}

EventPlace place_of_event(BodyType type, std::string_view body, std::size_t index) {
  if (type == BodyType::ndjson || type == BodyType::envelope_lines) return at_line(line_of_event(body, index));
  const std::string_view text = without_blanks(body);
  if (type != BodyType::raw && !text.empty() && text.front() == '[') return at_element(index + 1);
  return {"The event", {}, {}};
}

void throw_exception_from_error(const BodyError& error, const boost::source_location& location) {
  invariant_failed("value() of a body that was refused", error.detail.c_str(), location.file_name(),
                   static_cast<int>(location.line()));
}

}  // namespace laterbase::api
