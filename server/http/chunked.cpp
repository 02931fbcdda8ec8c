#include "server/http/chunked.h"

#include <boost/asio/buffer.hpp>

#include "engine/base/invariant.h"

namespace laterbase::http {
namespace {

// A size line or a trailer that is longer than this is nobody's; the connection has room for more behind the head.
constexpr std::size_t max_line_bytes = 1024;

// The end of a body, `0\r\n\r\n`: before it is done there is at least this much to come. Beast 1.81 asserts (and ends
// the process) on less where a last chunk dribbles in byte by byte, so it never sees less.
constexpr std::size_t least_bytes = 5;

// Beast's parser begins at a head; the real one has been parsed already, this one only says what follows.
constexpr std::string_view head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

}  // namespace

ChunkedDecoder::ChunkedDecoder(std::uint64_t max_body_bytes) {
  body_limit(max_body_bytes);
  Error error;
  put(boost::asio::const_buffer(head.data(), head.size()), error);
  LATERBASE_INVARIANT(!error && is_header_done(), "the decoder's own head is whole");
  eager(true);
}

std::size_t ChunkedDecoder::take(std::string_view bytes, std::string& body) {
  namespace beast_http = boost::beast::http;
  if (bytes.size() < least_bytes || state_ != State::more) return 0;
  body_ = &body;
  Error error;
  const std::size_t taken = put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error == beast_http::error::need_more) {
    if (bytes.size() - taken > max_line_bytes) state_ = State::malformed;
  } else if (error == beast_http::error::body_limit) {
    state_ = State::too_large;
  } else if (error) {
    state_ = State::malformed;
  } else if (is_done()) {
    state_ = State::done;
  }
  return taken;
}

void ChunkedDecoder::on_chunk_header_impl(std::uint64_t, View extensions, Error& error) {
  if (!extensions.empty()) error = boost::beast::http::error::bad_chunk_extension;
}

std::size_t ChunkedDecoder::on_chunk_body_impl(std::uint64_t, View bytes, Error&) {
  body_->append(bytes.data(), bytes.size());
  return bytes.size();
}

}  // namespace laterbase::http
