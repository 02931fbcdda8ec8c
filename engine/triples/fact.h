#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/error.h"

// The facts that an event carries: the member "@tx" of its JSON value is an array of [type, subject, attribute, value].
// Type and attribute are names of 1 to 63 bytes (the attribute "" is about the row itself, see row.h), the subject is
// 1 to 400 bytes, the value any JSON.
//
// Threads: any. Lifetime: a fact's views live as long as the event's bytes and the Facts that hold what was unescaped.
// Errors: ErrorCode::invalid where "@tx" is not that; then the event carries no fact at all.
// Cost: one pass over the value; one search for the letters @tx where there are none.
namespace laterbase::triples {

struct Fact {
  std::string_view type, subject, attribute;
  std::string_view value;  // JSON, as it stands in the event
};

inline constexpr std::size_t longest_name = 63;
inline constexpr std::size_t longest_subject = 400;
inline constexpr std::size_t most_facts = 1'000'000;  // of one event

class Facts {
 public:
  // `value` is one JSON text (Event::is_json).
  static Result<Facts> of(BytesView value);

  auto begin() const noexcept { return facts_.begin(); }
  auto end() const noexcept { return facts_.end(); }
  std::size_t size() const noexcept { return facts_.size(); }
  bool empty() const noexcept { return facts_.empty(); }
  const Fact& operator[](std::size_t index) const noexcept { return facts_[index]; }

 private:
  friend class FactReader;
  std::vector<Fact> facts_;
  std::deque<std::string> unescaped_;
};

// Whether the value may carry facts: quick, and sometimes wrongly yes.
inline bool may_have_facts(BytesView value) noexcept { return value.find("\"@tx\"") != BytesView::npos; }

}  // namespace laterbase::triples
