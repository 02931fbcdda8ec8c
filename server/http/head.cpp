#include "server/http/head.h"

#include <algorithm>
#include <array>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>
#include <cstring>

#include "engine/base/invariant.h"

namespace laterbase::http {
namespace {

using CharTable = std::array<bool, 256>;

constexpr CharTable make_value_table() {
  CharTable table{};
  for (int c = 0x20; c < 0x100; ++c) table[static_cast<std::size_t>(c)] = c != 0x7f;
  table['\t'] = true;
  return table;
}

constexpr CharTable make_target_table() {
  CharTable table{};
  for (int c = 0x21; c < 0x7f; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view{"\"#<>\\^`{|}"}) table[static_cast<unsigned char>(c)] = false;
  // Refused by the letter of RFC 3986, sent by people all the same.
  for (const char c : std::string_view{"{}|\""}) table[static_cast<unsigned char>(c)] = true;
  return table;
}

constexpr CharTable is_value = make_value_table();
constexpr CharTable is_target = make_target_table();

bool all(std::string_view text, const CharTable& table) noexcept {
  for (const char c : text)
    if (!table[static_cast<unsigned char>(c)]) return false;
  return true;
}

Method method_of(std::string_view text) noexcept {
  constexpr std::array<std::pair<std::string_view, Method>, 7> methods{{{"GET", Method::get},
                                                                        {"POST", Method::post},
                                                                        {"HEAD", Method::head},
                                                                        {"PUT", Method::put},
                                                                        {"DELETE", Method::del},
                                                                        {"OPTIONS", Method::options},
                                                                        {"PATCH", Method::patch}}};
  for (const auto& [name, method] : methods)
    if (name == text) return method;
  return Method::other;
}

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

namespace beast_http = boost::beast::http;
using BeastError = boost::beast::error_code;
using BeastView = boost::beast::string_view;

std::string_view plain(BeastView text) noexcept { return {text.data(), text.size()}; }

// Beast's parser takes the block apart and hands over views of it; what is stricter than Beast is decided here.
class Parser final : private beast_http::basic_parser<true> {
 public:
  boost::system::result<Head, HeadError> run(std::string_view block) {
    before(block);
    skip(true);  // the body is the connection's
    header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(block.size() + 1, UINT32_MAX)));
    BeastError error;
    if (!failed_) put(boost::asio::const_buffer(block.data(), block.size()), error);
    if (error && !failed_) fail_as(error, block);
    if (!failed_ && !is_header_done()) fail(400, "The request's head is malformed.");
    if (!failed_) finish();
    if (failed_) return error_;
    return std::move(head_);
  }

 private:
  void fail(int status, std::string_view detail) {
    if (failed_) return;
    failed_ = true;
    error_ = {status, detail};
  }

  // What Beast would mend or pass over.
  void before(std::string_view block) {
    const bool folded = block.find("\r\n ") != std::string_view::npos || block.find("\r\n\t") != std::string_view::npos;
    if (folded) fail(400, "Folded header fields are refused.");
  }

  // What Beast refuses, in words.
  void fail_as(const BeastError& why, std::string_view block) {
    using beast_http::error;
    const std::string_view line = block.substr(0, block.find("\r\n"));
    const std::string_view last = line.substr(line.rfind(' ') + 1);
    if (why == error::bad_version) {
      const bool another = last.size() == 8 && last.starts_with("HTTP/") && last[6] == '.';
      return another ? fail(505, "This server speaks HTTP/1.1 and HTTP/1.0.")
                     : fail(400, "The request line does not end in an HTTP version.");
    }
    if (why == error::bad_method) return fail(400, "The request's method has letters that no method has.");
    if (why == error::bad_target)
      return fail(400, "The request's target has a character that must be percent-encoded, or a fragment.");
    if (why == error::bad_field) return fail(400, "A header field has no name or no colon, or a name that none has.");
    if (why == error::bad_value) return fail(400, "A header field's value has a control character or a bare line end.");
    if (why == error::bad_content_length || why == error::multiple_content_length)
      return fail(400, "Content-Length is not one number, or comes with Transfer-Encoding.");
    if (why == error::bad_transfer_encoding)
      return fail(400, "Transfer-Encoding and Content-Length exclude each other.");
    fail(400, "The request line is not `METHOD TARGET HTTP/1.1`.");
  }

  void on_request_impl(beast_http::verb, BeastView method, BeastView target_text, int version,
                       BeastError& error) override {
    head_.http_1_0 = version == 10;
    if (head_.http_1_0) head_.keep_alive = false;
    head_.method = method_of(plain(method));
    if (head_.method == Method::other) fail(501, "This server does not know the request's method.");
    target(plain(target_text));
    stop_if_failed(error);
  }
  void on_field_impl(beast_http::field, BeastView name, BeastView value, BeastError& error) override {
    if (!all(plain(value), is_value)) fail(400, "A header field's value has a control character or a bare line end.");
    if (++fields_ > 100) fail(431, "More than 100 header fields.");
    known_field(plain(name), trimmed(plain(value)));
    stop_if_failed(error);
  }
  void stop_if_failed(BeastError& error) const {
    if (failed_) error = beast_http::error::bad_field;
  }

  // The rest of what a parser of Beast's is told.
  void on_response_impl(int, BeastView, int, BeastError&) override {}
  void on_header_impl(BeastError&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, BeastError&) override {}
  std::size_t on_body_impl(BeastView body, BeastError&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, BeastView, BeastError&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView body, BeastError&) override { return body.size(); }
  void on_finish_impl(BeastError&) override {}

  void target(std::string_view text) {
    if (!all(text, is_target))
      return fail(400, "The request's target has a character that must be percent-encoded, or a fragment.");
    head_.target = text;
    for (const std::string_view scheme : {"http://", "https://"})
      if (text.size() > scheme.size() && equal_ignoring_case(text.substr(0, scheme.size()), scheme)) {
        text.remove_prefix(scheme.size());
        const std::size_t slash = text.find_first_of("/?");
        text = slash == std::string_view::npos ? std::string_view{"/"} : text.substr(slash);
      }
    if (text != "*" && !text.starts_with('/')) return fail(400, "The request's target is not a path.");
    const std::size_t mark = text.find('?');
    head_.path = text.substr(0, mark);
    if (mark != std::string_view::npos) head_.query = text.substr(mark + 1);
  }

  void known_field(std::string_view name, std::string_view value) {
    const auto is = [&](std::string_view other) { return equal_ignoring_case(name, other); };
    switch (name.size()) {
      case 4:
        if (is("host")) host(value);
        break;
      case 6:
        if (is("accept")) list(head_.accept, value);
        if (is("expect")) expect(value);
        if (is("origin")) once(head_.origin, value, "Origin comes twice.");
        break;
      case 10:
        if (is("connection")) connection(value);
        break;
      case 12:
        if (is("content-type")) once(head_.content_type, value, "Content-Type comes twice.");
        if (is("x-request-id")) once(head_.request_id, value, "X-Request-Id comes twice.");
        break;
      case 13:
        if (is("authorization")) once(head_.authorization, value, "Authorization comes twice.");
        if (is("if-none-match")) list(head_.if_none_match, value);
        if (is("last-event-id")) once(head_.last_event_id, value, "Last-Event-ID comes twice.");
        break;
      case 14:
        if (is("content-length")) length(value);
        break;
      case 15:
        if (is("accept-encoding")) list(head_.accept_encoding, value);
        break;
      case 16:
        if (is("content-encoding")) once(head_.content_encoding, value, "Content-Encoding comes twice.");
        break;
      case 17:
        if (is("transfer-encoding")) transfer_encoding(value);
        break;
      case 30:
        if (is("access-control-request-headers")) list(head_.request_headers, value);
        break;
      default:
        break;
    }
  }

  void once(std::string_view& to, std::string_view value, std::string_view twice) {
    if (!to.empty()) return fail(400, twice);
    to = value;
  }

  void list(std::string_view& to, std::string_view value) {
    if (to.empty()) {
      to = value;
      return;
    }
    std::string both{to};
    both.append(", ").append(value);
    head_.joined.push_front(std::move(both));
    to = head_.joined.front();
  }

  void host(std::string_view value) {
    if (has_host_) return fail(400, "Host comes twice.");
    has_host_ = true;
    for (const char c : value)
      if (c == ' ' || c == ',' || c == '/' || c == '@' || c == '?' || c == '#' || static_cast<unsigned char>(c) >= 0x7f)
        return fail(400, "Host is not a host name with an optional port.");
    head_.host = value;
  }

  void expect(std::string_view value) {
    if (!equal_ignoring_case(value, "100-continue")) return fail(417, "The only expectation known is 100-continue.");
    head_.expect_continue = true;
  }

  void connection(std::string_view value) {
    while (!value.empty()) {
      const std::size_t comma = value.find(',');
      const std::string_view option = trimmed(value.substr(0, comma));
      if (equal_ignoring_case(option, "close")) wants_close_ = true;
      if (equal_ignoring_case(option, "keep-alive")) wants_keep_alive_ = true;
      value.remove_prefix(comma == std::string_view::npos ? value.size() : comma + 1);
    }
  }

  void length(std::string_view value) {
    if (head_.content_length) return fail(400, "Content-Length comes twice.");
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (value.empty() || error != std::errc{} || end != value.data() + value.size())
      return fail(400, "Content-Length is not a number.");
    head_.content_length = number;
  }

  void transfer_encoding(std::string_view value) {
    if (has_transfer_encoding_) return fail(400, "Transfer-Encoding comes twice.");
    has_transfer_encoding_ = true;
    if (!equal_ignoring_case(value, "chunked")) return fail(501, "The only transfer coding known is `chunked`, alone.");
    head_.chunked = true;
  }

  void finish() {
    if (head_.http_1_0 && has_transfer_encoding_) return fail(400, "Transfer-Encoding does not exist in HTTP/1.0.");
    if (has_transfer_encoding_ && head_.content_length)
      return fail(400, "Transfer-Encoding and Content-Length exclude each other.");
    if (!head_.http_1_0 && !has_host_) return fail(400, "HTTP/1.1 needs a Host field.");
    if (head_.path == "*" && head_.method != Method::options) return fail(400, "Only OPTIONS may ask about `*`.");
    if (head_.http_1_0) {
      head_.expect_continue = false;
      head_.keep_alive = wants_keep_alive_;
    }
    if (wants_close_) head_.keep_alive = false;
  }

  Head head_;
  HeadError error_;
  int fields_ = 0;
  bool failed_ = false;
  bool has_host_ = false;
  bool has_transfer_encoding_ = false;
  bool wants_close_ = false;
  bool wants_keep_alive_ = false;
};

}  // namespace

std::string_view method_name(Method method) noexcept {
  constexpr std::array<std::string_view, 8> names{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "?"};
  return names[static_cast<std::size_t>(method)];
}

std::optional<std::size_t> head_end(std::string_view bytes) noexcept {
  const void* at = memmem(bytes.data(), bytes.size(), "\r\n\r\n", 4);
  if (at == nullptr) return std::nullopt;
  return static_cast<std::size_t>(static_cast<const char*>(at) - bytes.data()) + 4;
}

bool hopeless(std::string_view unfinished) noexcept {
  return unfinished.find("\n\n") != std::string_view::npos || unfinished.find('\0') != std::string_view::npos;
}

boost::system::result<Head, HeadError> parse_head(std::string_view block) { return Parser().run(block); }

void throw_exception_from_error(const HeadError& error, const boost::source_location& location) {
  invariant_failed("value() of a head that was refused", std::string(error.detail).c_str(), location.file_name(),
                   static_cast<int>(location.line()));
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace laterbase::http
