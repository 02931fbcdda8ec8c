#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/events/ulid.h"

// Numbers, keys and texts in a fold's saved state. Reading is bounded: nothing where the bytes end too soon.
namespace laterbase::folds {

inline void put_number(std::string& to, std::uint64_t number) { append_le(to, number); }
inline void put_text(std::string& to, std::string_view text) {
  put_number(to, text.size());
  to += text;
}
inline void put_key(std::string& to, const Ulid& key) {
  put_number(to, key.high);
  put_number(to, key.low);
}

inline bool take_number(std::string_view& from, std::uint64_t& number) noexcept {
  if (from.size() < sizeof number) return false;
  number = load_le<std::uint64_t>(from.data());
  from.remove_prefix(sizeof number);
  return true;
}
inline bool take_text(std::string_view& from, std::string_view& text) noexcept {
  std::uint64_t size = 0;
  if (!take_number(from, size) || size > from.size()) return false;
  text = from.substr(0, size);
  from.remove_prefix(size);
  return true;
}
inline bool take_text(std::string_view& from, std::string& text) {
  std::string_view view;
  if (!take_text(from, view)) return false;
  text = view;
  return true;
}
inline bool take_key(std::string_view& from, Ulid& key) noexcept {
  return take_number(from, key.high) && take_number(from, key.low);
}

}  // namespace laterbase::folds
