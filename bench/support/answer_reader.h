#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/support/load.h"

// Finds where an answer ends without keeping it. Bodies by Content-Length or chunked are passed over, not looked at.
namespace laterbase::bench {

class AnswerReader {
 public:
  explicit AnswerReader(Protocol protocol) : protocol_(protocol) {}

  // Takes what was received; true when it completes an answer (nothing may follow: there is one request under way).
  // Throws std::runtime_error at what it can't read.
  bool take(std::string_view bytes);

  // Of the answer that was completed last.
  bool succeeded() const { return succeeded_; }

 private:
  enum class State { head, body, chunk_size, chunk, chunk_end, trailer };

  bool take_redis(std::string_view bytes);
  bool take_head(std::string_view& bytes);
  void begin_body();
  bool take_chunks(std::string_view bytes);
  std::optional<std::string> take_line(std::string_view& bytes);

  Protocol protocol_;
  State state_ = State::head;
  std::string held_;  // an unfinished head or line
  std::uint64_t left_ = 0;
  bool chunked_ = false;
  bool succeeded_ = false;
};

}  // namespace laterbase::bench
