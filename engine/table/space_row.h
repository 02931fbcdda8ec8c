#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/table/space_schema.h"
#include "engine/table/xxh64.h"

// Packed rows of a space file (space_schema.h says what they are made of), read by column number. Needs only the
// standard library.
namespace laterbase::worktable::space {

template <typename T>
concept Number = std::is_arithmetic_v<T> || std::is_enum_v<T>;

// Where a column of type T is in every row of its table: SpaceReader::field() gives it.
template <Number T>
struct Field {
  std::uint32_t offset = 0;
};

class Layout {
 public:
  struct Place {
    std::uint32_t offset = 0;    // fixed: from the row's start; variable: its number among the ends
    std::uint32_t width = 0;     // fixed: bytes; variable: 0
    std::int32_t null_bit = -1;  // -1: never absent
  };

  explicit Layout(const Schema& schema) {
    std::int32_t null_bits = 0;
    for (const auto& column : schema.columns) {
      places_.push_back({0, column.width(), column.optional ? null_bits : -1});
      null_bits += column.optional ? 1 : 0;
    }
    ends_at_ = static_cast<std::uint32_t>(null_bits + 7) / 8;
    for (const bool whole_words : {true, false})
      for (auto& place : places_) {
        if (place.width == 0 || (place.width % 8 == 0) != whole_words) continue;
        place.offset = ends_at_;
        ends_at_ += place.width;
      }
    for (auto& place : places_)
      if (place.width == 0) place.offset = variables_++;
    for (const auto column : schema.key) key_.push_back(places_[column]);
    if (schema.key.size() == 1 && schema.columns[schema.key.front()].kind == Kind::u64)
      key_number_ = {key_.front().offset};
  }

  const Place& operator[](std::size_t column) const { return places_[column]; }
  std::uint32_t ends_at() const noexcept { return ends_at_; }
  std::uint32_t variables() const noexcept { return variables_; }
  std::uint32_t least_bytes() const noexcept { return ends_at_ + 2 * variables_; }
  const std::vector<Place>& key() const noexcept { return key_; }
  // The key, where it is one number of 8 bytes without a sign.
  std::optional<Field<std::uint64_t>> key_number() const noexcept { return key_number_; }

 private:
  std::vector<Place> places_;
  std::vector<Place> key_;
  std::optional<Field<std::uint64_t>> key_number_;
  std::uint32_t ends_at_ = 0;
  std::uint32_t variables_ = 0;
};

// Lifetime: of the layout and the bytes. The bytes must fit the layout; but for a row that isn't there, which has none.
class Row {
 public:
  Row() noexcept : layout_(nullptr) {}
  Row(const Layout& layout, std::string_view bytes) noexcept : layout_(&layout), bytes_(bytes) {}

  // Whether the bytes can be a row of this layout: lengths agree, ends ascend.
  static bool fits(const Layout& layout, std::string_view bytes) noexcept {
    if (bytes.size() < layout.least_bytes()) return false;
    if (layout.variables() == 0) return bytes.size() == layout.least_bytes();
    const Row row(layout, bytes);
    std::uint32_t before = 0;
    for (std::uint32_t i = 0; i < layout.variables(); ++i) {
      if (row.end_of(i) < before) return false;
      before = row.end_of(i);
    }
    return bytes.size() == layout.least_bytes() + before;
  }

  explicit operator bool() const noexcept { return !bytes_.empty(); }
  std::string_view bytes() const noexcept { return bytes_; }
  // Zero where there is no value. Cost: a load.
  template <typename T>
  T operator[](Field<T> field) const noexcept {
    T value;
    std::memcpy(&value, bytes_.data() + field.offset, sizeof value);
    return value;
  }
  bool is_null(std::size_t column) const noexcept {
    const auto bit = (*layout_)[column].null_bit;
    return bit >= 0 && (bytes_[static_cast<std::size_t>(bit / 8)] >> (bit % 8) & 1) != 0;
  }
  std::string_view raw(std::size_t column) const noexcept { return raw((*layout_)[column]); }
  std::string_view raw(const Layout::Place& place) const noexcept {
    if (place.width != 0) return bytes_.substr(place.offset, place.width);
    const auto from = place.offset == 0 ? 0 : end_of(place.offset - 1);
    return bytes_.substr(layout_->least_bytes() + from, end_of(place.offset) - from);
  }
  // The value of a column of fixed width; T must have that width.
  template <typename T>
  T get(std::size_t column) const noexcept {
    T value{};
    const auto from = raw(column);
    std::memcpy(&value, from.data(), sizeof value < from.size() ? sizeof value : from.size());
    return value;
  }

 private:
  std::uint32_t end_of(std::uint32_t variable) const noexcept {
    std::uint16_t end = 0;
    std::memcpy(&end, bytes_.data() + layout_->ends_at() + 2 * std::size_t{variable}, sizeof end);
    return end;
  }

  const Layout* layout_;
  std::string_view bytes_;
};

// A primary key as the index hashes it: columns of fixed width as they are, others behind a u16 of their length.
class Key {
 public:
  template <typename T>
  Key& add(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Key& add_text(std::string_view text) {
    add(static_cast<std::uint16_t>(text.size()));
    bytes_ += text;
    return *this;
  }
  std::string_view bytes() const noexcept { return bytes_; }
  std::uint64_t hash() const noexcept { return xxh64(bytes_.data(), bytes_.size()); }

 private:
  std::string bytes_;
};

inline Key key_of(const Layout& layout, const Row& row) {
  Key key;
  for (const auto& place : layout.key()) {
    const auto bytes = row.raw(place);
    if (place.width == 0) {
      key.add_text(bytes);
    } else {
      for (const char byte : bytes) key.add(byte);
    }
  }
  return key;
}

inline std::uint64_t key_hash(const Layout& layout, const Row& row) {
  const auto& key = layout.key();
  if (key.size() != 1 || key.front().width == 0) return key_of(layout, row).hash();
  const auto bytes = row.raw(key.front());
  return xxh64(bytes.data(), bytes.size());
}

inline bool has_key(const Layout& layout, const Row& row, std::string_view key) {
  const auto& places = layout.key();
  if (places.size() != 1 || places.front().width == 0) return key_of(layout, row).bytes() == key;
  return row.raw(places.front()) == key;
}

}  // namespace laterbase::worktable::space
