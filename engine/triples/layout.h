#pragma once

#include <cstdint>
#include <string>

#include "engine/triples/stored_bytes.h"

// Where a store's state is in the environment (kTriplesTable). Keys begin with what they are; a number written here is
// ordered (stored_bytes.h), and every row ends with a check of itself.
//
//   head                                  → form, next id, types, definitions' rows, the store's rejects: id and count
//   definitions | place                   → a piece of all definitions
//   type | name                           → positions: id and count; table: id, rows and rejects
//   rejects | id | place                  → one reject
//   positions | id | first                → positions of entries with facts of that type, as differences
//   cells | id | attribute | subject      → of attribute 0 the row's life and how many cells it has, of a
//                                           field's number its cell
//
// An id is of one life of a table: where all of it changes it gets a new one, beyond all that are there, so that its
// rows are appended; and the old ones are taken away afterwards, as nobody refers to them.
namespace laterbase::triples::layout {

enum class Tag : std::uint8_t { head = 1, definitions, type, rejects, positions, cells };

inline constexpr std::uint8_t form = 1;
inline constexpr std::size_t most_row_bytes = 16'000;

inline std::string key_of(Tag tag) { return std::string(1, static_cast<char>(tag)); }
inline std::string key_of(Tag tag, std::uint64_t number) {
  std::string key = key_of(tag);
  append_ordered(key, number);
  return key;
}
inline std::string key_of(Tag tag, std::uint64_t id, std::uint64_t place) {
  std::string key = key_of(tag, id);
  append_ordered(key, place);
  return key;
}
inline std::string type_key(std::string_view name) { return key_of(Tag::type) += name; }

}  // namespace laterbase::triples::layout
