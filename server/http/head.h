#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>

// The head of an HTTP/1.x request, RFC 9112 read strictly: what two parsers could understand differently is refused
// here, before a byte of the body is read. Lines end in CRLF; no folding, no second Host or Content-Length, no
// Transfer-Encoding but exactly `chunked`, never both, never in HTTP/1.0.
namespace laterbase::http {

enum class Method : std::uint8_t { get, head, post, put, del, options, patch, other };

std::string_view method_name(Method method) noexcept;

struct HeadError {
  int status = 400;
  std::string_view detail;
};

// Views point into the block that was parsed, or into `joined`.
struct Head {
  Method method = Method::other;
  std::string_view target;  // as it came
  std::string_view path;    // still percent-encoded
  std::string_view query;   // after '?', still percent-encoded
  bool http_1_0 = false;
  bool keep_alive = true;
  bool chunked = false;
  bool expect_continue = false;
  std::optional<std::uint64_t> content_length;
  std::string_view host, content_type, content_encoding, authorization, origin, last_event_id, request_id;
  std::string_view accept, accept_encoding, if_none_match, request_headers;
  std::forward_list<std::string> joined;  // list fields that came more than once

  bool has_body() const noexcept { return chunked || (content_length && *content_length > 0); }
};

// Where the block ends (behind its empty line), or nothing while it is incomplete.
std::optional<std::size_t> head_end(std::string_view bytes) noexcept;
// Whether an unfinished block can never become a good one: an empty line that ends in a bare LF.
bool hopeless(std::string_view unfinished) noexcept;
// `block` ends with its empty line.
boost::system::result<Head, HeadError> parse_head(std::string_view block);

[[noreturn]] void throw_exception_from_error(const HeadError& error, const boost::source_location& location);

// Letters of either case; both without surrounding blanks.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;
std::string_view trimmed(std::string_view text) noexcept;

}  // namespace laterbase::http
