#pragma once

#include <memory>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/table/schema.h"

namespace laterbase::worktable {

// A packed row, read by column numbers. Lifetime: of the bytes. Cost: no allocation.
class RowView {
 public:
  RowView(const Layout& layout, BytesView bytes) noexcept : layout_(&layout), bytes_(bytes) {}

  BytesView bytes() const noexcept { return bytes_; }
  bool is_null(std::uint32_t column) const noexcept;
  BytesView raw(std::uint32_t column) const noexcept;  // the value's bytes; zeros or empty where it is null
  // The value of a fixed column as T, which must have the column's width.
  template <typename T>
  T fixed(std::uint32_t column) const noexcept {
    return load_le<T>(bytes_.data() + layout_->place(column).offset);
  }
  // Whether the bytes can be a row of this layout: lengths agree, ends ascend.
  static bool fits(const Layout& layout, BytesView bytes) noexcept;

 private:
  std::uint32_t end_of(std::uint32_t variable) const noexcept;

  const Layout* layout_;
  BytesView bytes_;
};

// Makes a packed row. Columns may be set in any order; those never set are absent or zero. Reusable after clear().
class RowBuilder {
 public:
  explicit RowBuilder(const Layout& layout) : layout_(&layout), variables_(layout.variables()) { clear(); }

  void clear();
  void set_null(std::uint32_t column);
  void set_raw(std::uint32_t column, BytesView bytes);
  template <typename T>
  void set(std::uint32_t column, T value) {
    set_raw(column, BytesView(reinterpret_cast<const char*>(&value), sizeof value));
  }
  // The packed row. Errors: too_large where variable columns exceed 65,535 bytes.
  Result<BytesView> finish();

 private:
  void mark(std::uint32_t column, bool absent);

  const Layout* layout_;
  std::string bytes_;
  std::vector<std::string> variables_;
};

// A private copy of a row, reused from read to read. Rows of up to 248 bytes need no allocation.
class RowBuffer {
 public:
  std::uint64_t* room_for(std::uint32_t bytes) {
    length_ = bytes;
    const auto words = (bytes + 7) / 8;
    if (words <= inline_words) return words_ = inline_;
    if (words > heap_words_) heap_ = std::make_unique<std::uint64_t[]>(heap_words_ = words);
    return words_ = heap_.get();
  }
  BytesView bytes() const noexcept { return {reinterpret_cast<const char*>(words_), length_}; }
  char* data() noexcept { return reinterpret_cast<char*>(words_); }

  RowBuffer() noexcept {}  // NOLINT: the inline words stay unset on purpose
  RowBuffer(const RowBuffer&) = delete;
  RowBuffer& operator=(const RowBuffer&) = delete;

 private:
  static constexpr std::uint32_t inline_words = 31;

  std::uint64_t inline_[inline_words];
  std::unique_ptr<std::uint64_t[]> heap_;
  std::uint32_t heap_words_ = 0;
  std::uint32_t length_ = 0;
  std::uint64_t* words_ = inline_;
};

}  // namespace laterbase::worktable
