#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <string>
#include <string_view>

// Takes a chunked body apart (RFC 9112, 7.1), with Beast's parser. Chunk extensions are refused and trailers read over
// and dropped: both are ways to say one thing to a proxy and another to a server.
namespace laterbase::http {

class ChunkedDecoder final : private boost::beast::http::basic_parser<true> {
 public:
  enum class State { more, done, malformed, too_large };

  explicit ChunkedDecoder(std::uint64_t max_body_bytes);

  // Takes from the front of `bytes`, appends the body's part of it to `body` and says how much was taken; what is left
  // is to be given again with more behind it, or is behind the body. Cost: one copy.
  std::size_t take(std::string_view bytes, std::string& body);
  State state() const noexcept { return state_; }

 private:
  using Error = boost::beast::error_code;
  using View = boost::beast::string_view;

  void on_chunk_header_impl(std::uint64_t size, View extensions, Error& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t left, View bytes, Error& error) override;
  void on_request_impl(boost::beast::http::verb, View, View, int, Error&) override {}
  void on_response_impl(int, View, int, Error&) override {}
  void on_field_impl(boost::beast::http::field, View, View, Error&) override {}  // of the trailer: dropped
  void on_header_impl(Error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(View bytes, Error&) override { return bytes.size(); }
  void on_finish_impl(Error&) override {}

  State state_ = State::more;
  std::string* body_ = nullptr;
};

}  // namespace laterbase::http
