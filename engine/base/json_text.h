#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// Finds where a JSON text (RFC 8259) ends, without building anything: a value that is stored comes back byte for byte,
// so nobody needs it parsed here. Numbers have no bounds, member names may repeat; nesting is bounded. UTF-8 is checked
// apart (find_bad_utf8), for a whole body at once.
namespace laterbase {

inline constexpr std::size_t max_json_depth = 512;

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text, std::size_t at = 0) : text_(text), at_(at) {}

  // Each goes on from at() and stops behind what it has read. False: see offset of the trouble in at() and error().
  void skip_space() noexcept;
  bool value() noexcept;
  bool string() noexcept;      // with its quotes
  bool take(char c) noexcept;  // one letter, if it is the next

  bool at_end() const noexcept { return at_ >= text_.size(); }
  char peek() const noexcept { return at_end() ? '\0' : text_[at_]; }
  std::size_t at() const noexcept { return at_; }
  std::string_view error() const noexcept { return error_; }
  std::string_view since(std::size_t start) const noexcept { return text_.substr(start, at_ - start); }

 private:
  bool fail(std::string_view reason) noexcept;
  bool scalar() noexcept;
  bool literal(std::string_view word) noexcept;
  bool number() noexcept;
  bool digits() noexcept;
  bool escape() noexcept;
  bool member_name() noexcept;

  std::string_view text_;
  std::size_t at_;
  std::string_view error_;
};

// Whether all of `text`, blanks around it included, is one JSON text in UTF-8.
bool is_json(std::string_view text) noexcept;

// Offset of the first byte that is not UTF-8.
std::optional<std::size_t> find_bad_utf8(std::string_view text) noexcept;

// The text of a JSON string (with quotes, already scanned); lone surrogates become U+FFFD.
std::string json_unquoted(std::string_view quoted);

}  // namespace laterbase
