#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ivm/value.h"

// A packed row: one block of bytes, aligned to 8, that can be copied with memcpy and compared with memcmp.
//
//   hash u64 | bytes u32 | columns u32 | a bit per column: NULL, in words | a word per column | longer values
//
// Fixed-width values are in their column's word; a longer value is behind, and its word is offset (from the block's
// begin) and length. What no value covers is zero, so equal rows are equal bytes, and the hash is of all behind it.
// A row's identity is these bytes: numeric 1.0 and 1.00 are different rows (an update from one to the other is seen);
// keys are made of canonical() values, where they are the same.
//
// A row is not in engine/table's pages: those give each row a link and a lock cell for readers of other processes;
// a circuit's rows belong to one thread at a time, live in many small arrangements, and are found by hash and value.
namespace laterbase::ivm {

struct RowHeader {
  std::uint64_t hash;
  std::uint32_t bytes;  // of the whole block, a multiple of 8
  std::uint32_t columns;
};

// A row somewhere in memory. Lifetime: of the block; whoever hands one out says how long that is.
class RowView {
 public:
  RowView() noexcept = default;
  explicit RowView(const char* block) noexcept : block_(block) {}

  const char* block() const noexcept { return block_; }
  explicit operator bool() const noexcept { return block_ != nullptr; }
  std::uint64_t hash() const noexcept { return header().hash; }
  std::uint32_t bytes() const noexcept { return header().bytes; }
  std::uint32_t columns() const noexcept { return header().columns; }
  std::string_view view() const noexcept { return {block_, bytes()}; }

  bool is_null(std::size_t column) const noexcept { return (words()[column / 64] >> (column % 64) & 1) != 0; }
  std::int64_t word(std::size_t column) const noexcept {
    return static_cast<std::int64_t>(words()[null_words(columns()) + column]);
  }
  double real(std::size_t column) const noexcept {
    double value;
    std::memcpy(&value, &words()[null_words(columns()) + column], sizeof value);
    return value;
  }
  std::string_view bytes_at(std::size_t column) const noexcept {
    const auto place = static_cast<std::uint64_t>(word(column));
    return {block_ + (place & 0xffff'ffff), place >> 32};
  }
  // Borrows from the row.
  Value value(std::size_t column, TypeKind kind) const noexcept {
    if (is_null(column)) return {};
    return is_fixed_width(kind) ? Value::of_word(kind, word(column)) : Value::borrow(kind, bytes_at(column));
  }

  friend bool operator==(RowView left, RowView right) noexcept {
    return left.hash() == right.hash() && left.bytes() == right.bytes() &&
           std::memcmp(left.block_ + sizeof left.hash(), right.block_ + sizeof right.hash(),
                       left.bytes() - sizeof left.hash()) == 0;
  }

  static constexpr std::size_t null_words(std::size_t columns) noexcept { return (columns + 63) / 64; }

 private:
  const RowHeader& header() const noexcept { return *reinterpret_cast<const RowHeader*>(block_); }
  const std::uint64_t* words() const noexcept {
    return reinterpret_cast<const std::uint64_t*>(block_ + sizeof(RowHeader));
  }

  const char* block_ = nullptr;
};

// Writes one row after the other into its own buffer. Cost: no allocation once the buffer has grown.
class RowBuilder {
 public:
  void begin(std::size_t columns);
  void null(std::size_t column) noexcept { words()[column / 64] |= std::uint64_t{1} << (column % 64); }
  void word(std::size_t column, std::int64_t word) noexcept {
    words()[RowView::null_words(columns_) + column] = static_cast<std::uint64_t>(word);
  }
  void bytes(std::size_t column, std::string_view value);
  void value(std::size_t column, const Value& value);
  // As it stands in another row.
  void copy(std::size_t column, RowView from, std::size_t from_column, bool fixed_width) {
    if (from.is_null(from_column)) return null(column);
    if (fixed_width) return word(column, from.word(from_column));
    bytes(column, from.bytes_at(from_column));
  }
  // Complete with its hash; lives until the next begin().
  RowView finish() noexcept;

 private:
  std::uint64_t* words() noexcept { return buffer_.data() + sizeof(RowHeader) / sizeof(std::uint64_t); }

  std::vector<std::uint64_t> buffer_;
  std::size_t columns_ = 0;
  std::size_t used_words_ = 0;
};

// A row that owns its block.
class Row {
 public:
  Row() = default;
  explicit Row(RowView view) : block_(view.view()) {}
  static Row of(std::span<const Value> values);

  RowView view() const noexcept { return RowView{block_.data()}; }

 private:
  std::string
      block_;  // std::string's memory is aligned for what is in it: always on the heap, as a block is > 15 bytes
};

// The hash of a row of one fixed-width column is a permutation of its word (MurmurHash3's finalizer), so that two such
// rows with the same hash are the same row, and a table of them compares hashes alone. The one word that is permuted to
// the hash of a NULL is the exception.
inline constexpr std::uint64_t hash_of_null = 0x9e3779b97f4a7c15;
inline std::uint64_t one_word_hash(std::uint64_t word) noexcept {
  word ^= 0x2545f4914f6cdd1d;  // 0 is common, and would stay 0
  word = (word ^ word >> 33) * 0xff51afd7ed558ccd;
  word = (word ^ word >> 33) * 0xc4ceb9fe1a85ec53;
  return word ^ word >> 33;
}

// The hash of a block whose other bytes are complete.
std::uint64_t hash_of_block(const char* block, std::size_t bytes) noexcept;

std::vector<Value> values_of(RowView row, const Schema& schema);
std::string to_text(RowView row, const Schema& schema);

}  // namespace laterbase::ivm
