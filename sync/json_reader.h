#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/hash.h"
#include "engine/base/json_text.h"
#include "engine/events/ulid.h"

// Reads JSON of a known shape straight into values, without a tree between. The first thing that is wrong stays in
// error(), and what is read from then on is empty. Nesting is as deep as the calls; what is passed over, 512 levels.
namespace laterbase::sync {

class JsonReader {
 public:
  // `text`: UTF-8, checked.
  explicit JsonReader(std::string_view text) : text_(text), scanner_(text) {}

  bool ok() const noexcept { return error_.detail.empty(); }
  const Error& error() const noexcept { return error_; }
  void fail(std::string_view reason, ErrorCode code = ErrorCode::invalid);

  // Calls member(name) for each, which reads its value.
  template <typename Member>
  void object(Member member) {
    list('{', '}', [&] {
      const std::string name = text();
      scanner_.skip_space();
      if (ok() && !scanner_.take(':')) fail("a colon is missing");
      if (ok()) member(std::string_view(name));
    });
  }
  // Calls element() for each, at most `most` times, which reads it.
  template <typename Element>
  void array(std::uint64_t most, Element element) {
    std::uint64_t count = 0;
    list('[', ']', [&] {
      if (++count > most) fail("a list has more than is taken", ErrorCode::too_large);
      if (ok()) element();
    });
  }

  std::string_view value();  // any, as it stands
  void pass_over() { value(); }
  std::string text();
  template <typename Integer>
  Integer number(Integer least, Integer most) {
    const std::string_view digits = value();
    Integer number = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = problem == std::errc{} && end == digits.data() + digits.size();
    if (ok() && (!whole || number < least || number > most)) fail("a number is out of its range");
    return ok() ? number : Integer{0};
  }
  std::uint64_t number() { return number<std::uint64_t>(0, UINT64_MAX); }
  bool flag();
  Ulid ulid();
  Hash128 hash();

  void end();  // nothing but blanks may follow

 private:
  template <typename One>
  void list(char open, char close, One one) {
    scanner_.skip_space();
    if (ok() && !scanner_.take(open)) fail(open == '{' ? "an object is expected" : "a list is expected");
    scanner_.skip_space();
    bool more = ok() && !scanner_.take(close);
    while (more) {
      one();
      scanner_.skip_space();
      more = ok() && scanner_.take(',');
      if (ok() && !more && !scanner_.take(close)) fail("a comma or a closing bracket is missing");
    }
  }

  std::string_view text_;
  JsonScanner scanner_;
  Error error_;
};

}  // namespace laterbase::sync
