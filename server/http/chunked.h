#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Takes a chunked body apart (RFC 9112, 7.1). Chunk extensions are refused and trailers read over and dropped: both
// are ways to say one thing to a proxy and another to a server.
namespace laterbase::http {

class ChunkedDecoder {
 public:
  enum class State { more, done, malformed, too_large };

  explicit ChunkedDecoder(std::uint64_t max_body_bytes) : max_(max_body_bytes) {}

  // Takes from the front of `bytes`, appends the body's part of it to `body` and says how much was taken; what is
  // behind the last chunk is left alone. Cost: one copy.
  std::size_t take(std::string_view bytes, std::string& body);
  State state() const noexcept { return state_; }

 private:
  enum class Part { size, size_lf, data, data_cr, data_lf, trailer_start, trailer, trailer_lf, end_lf };
  void step(char c);
  void size_digit(char c);
  void end_of_size();

  std::uint64_t max_;
  std::uint64_t left_ = 0;  // of the chunk
  std::uint64_t total_ = 0;
  std::uint32_t digits_ = 0;
  std::uint32_t trailer_bytes_ = 0;
  Part part_ = Part::size;
  State state_ = State::more;
};

}  // namespace laterbase::http
