#include "server/http/chunked.h"

#include <algorithm>

namespace laterbase::http {
namespace {

constexpr std::uint32_t max_trailer_bytes = 4096;

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::size_t ChunkedDecoder::take(std::string_view bytes, std::string& body) {
  std::size_t at = 0;
  while (at < bytes.size() && state_ == State::more) {
    if (part_ == Part::data) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - at));
      body.append(bytes, at, size);
      at += size;
      left_ -= size;
      if (left_ == 0) part_ = Part::data_cr;
    } else {
      step(bytes[at++]);
    }
  }
  return at;
}

void ChunkedDecoder::step(char c) {
  const auto expect = [&](char wanted, Part then) {
    if (c == wanted)
      part_ = then;
    else
      state_ = State::malformed;
  };
  switch (part_) {
    case Part::size:
      return size_digit(c);
    case Part::size_lf:
      return c == '\n' ? end_of_size() : void(state_ = State::malformed);
    case Part::data:
      return;
    case Part::data_cr:
      return expect('\r', Part::data_lf);
    case Part::data_lf:
      return expect('\n', Part::size);
    case Part::trailer_start:
      if (c == '\r')
        part_ = Part::end_lf;
      else
        part_ = Part::trailer;
      break;
    case Part::trailer:
      if (c == '\r') part_ = Part::trailer_lf;
      break;
    case Part::trailer_lf:
      expect('\n', Part::trailer_start);
      break;
    case Part::end_lf:
      state_ = c == '\n' ? State::done : State::malformed;
      return;
  }
  if (c == '\n' && part_ == Part::trailer) state_ = State::malformed;
  if (++trailer_bytes_ > max_trailer_bytes) state_ = State::malformed;
}

void ChunkedDecoder::size_digit(char c) {
  if (c == '\r' && digits_ > 0) {
    part_ = Part::size_lf;
    return;
  }
  const int digit = hex_digit(c);
  if (digit < 0 || ++digits_ > 15) {
    state_ = State::malformed;
    return;
  }
  left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
}

void ChunkedDecoder::end_of_size() {
  digits_ = 0;
  total_ += left_;
  if (total_ > max_)
    state_ = State::too_large;
  else
    part_ = left_ == 0 ? Part::trailer_start : Part::data;
}

}  // namespace laterbase::http
