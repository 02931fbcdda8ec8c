#include "bench/support/answer_reader.h"

#include <strings.h>

#include <algorithm>
#include <stdexcept>

namespace laterbase::bench {
namespace {

// The value of a header field, or "" where there is none.
std::string_view field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (::strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
    std::string_view value = line.substr(name.size() + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    return value;
  }
  return {};
}

}  // namespace

bool AnswerReader::take(std::string_view bytes) {
  if (protocol_ == Protocol::redis) return take_redis(bytes);
  if (state_ == State::head && !take_head(bytes)) return false;
  if (chunked_) return take_chunks(bytes);
  if (bytes.size() > left_) throw std::runtime_error("more came than was asked for");
  left_ -= bytes.size();
  if (left_ == 0) state_ = State::head;
  return left_ == 0;
}

bool AnswerReader::take_redis(std::string_view bytes) {
  held_ += bytes;
  if (!held_.ends_with("\r\n")) return false;
  succeeded_ = held_[0] == '+';
  held_.clear();
  return true;
}

bool AnswerReader::take_head(std::string_view& bytes) {
  const std::size_t before = held_.size();
  held_ += bytes.substr(0, 16 * 1024);
  const std::size_t end = held_.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  bytes.remove_prefix(end + 4 - before);
  held_.resize(end + 2);
  begin_body();
  held_.clear();
  return true;
}

void AnswerReader::begin_body() {
  if (held_.size() < 12 || !held_.starts_with("HTTP/1.1 ")) throw std::runtime_error("not HTTP: " + held_);
  succeeded_ = held_[9] == '2';
  chunked_ = field(held_, "Transfer-Encoding") == "chunked";
  const std::string_view length = field(held_, "Content-Length");
  left_ = length.empty() ? 0 : std::stoull(std::string(length));
  state_ = chunked_ ? State::chunk_size : State::body;
}

std::optional<std::string> AnswerReader::take_line(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  held_ += bytes.substr(0, end);
  bytes.remove_prefix(std::min(end == std::string_view::npos ? bytes.size() : end + 1, bytes.size()));
  if (end == std::string_view::npos) return std::nullopt;
  std::string line;
  line.swap(held_);
  line.pop_back();  // \r
  return line;
}

bool AnswerReader::take_chunks(std::string_view bytes) {
  while (!bytes.empty()) {
    if (state_ == State::chunk) {
      const std::uint64_t some = std::min<std::uint64_t>(left_, bytes.size());
      bytes.remove_prefix(some);
      left_ -= some;
      if (left_ == 0) state_ = State::chunk_end;
      continue;
    }
    const auto line = take_line(bytes);
    if (!line) return false;
    if (state_ == State::chunk_size) {
      left_ = std::stoull(*line, nullptr, 16);
      state_ = left_ == 0 ? State::trailer : State::chunk;
    } else if (state_ == State::chunk_end) {
      state_ = State::chunk_size;
    } else if (line->empty()) {
      state_ = State::head;
      return true;
    }
  }
  return false;
}

}  // namespace laterbase::bench
