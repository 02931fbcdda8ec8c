#include "engine/ivm/row.h"

#include "engine/base/bytes.h"
#include "engine/ivm/decimal.h"

namespace laterbase::ivm {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t mix(std::uint64_t left, std::uint64_t right) noexcept {
  const Wide product = Wide{left} * right;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

constexpr std::size_t word_bytes = sizeof(std::uint64_t);

}  // namespace

// wyhash's mixing (https://github.com/wangyi-fudan/wyhash) over whole words: a row is a few of them, and a call into a
// library would cost more than the hash.
std::uint64_t hash_of_block(const char* block, std::size_t bytes) noexcept {
  constexpr std::size_t one_column = sizeof(RowHeader) + 2 * word_bytes;
  if (bytes == one_column) {
    const bool is_null = load_le<std::uint64_t>(block + sizeof(RowHeader)) != 0;
    return is_null ? hash_of_null : one_word_hash(load_le<std::uint64_t>(block + sizeof(RowHeader) + word_bytes));
  }
  constexpr std::uint64_t first = 0xa0761d6478bd642f, second = 0xe7037ed1a0b428db, third = 0x8ebc6af09c88c6e3;
  std::uint64_t hash = first ^ bytes;
  std::size_t at = sizeof(RowHeader);
  for (; at + 2 * word_bytes <= bytes; at += 2 * word_bytes) {
    hash = mix(load_le<std::uint64_t>(block + at) ^ second, load_le<std::uint64_t>(block + at + word_bytes) ^ hash);
  }
  if (at < bytes) hash = mix(load_le<std::uint64_t>(block + at) ^ second, hash);
  return mix(hash ^ third, second);
}

void RowBuilder::begin(std::size_t columns) {
  columns_ = columns;
  used_words_ = sizeof(RowHeader) / word_bytes + RowView::null_words(columns) + columns;
  if (buffer_.size() < used_words_) buffer_.resize(used_words_);
  std::memset(buffer_.data(), 0, used_words_ * word_bytes);
}

void RowBuilder::bytes(std::size_t column, std::string_view value) {
  const std::size_t at = used_words_;
  used_words_ += (value.size() + word_bytes - 1) / word_bytes;
  if (buffer_.size() < used_words_) buffer_.resize(2 * used_words_);
  if (used_words_ > at) {
    buffer_[used_words_ - 1] = 0;
    std::memcpy(&buffer_[at], value.data(), value.size());
  }
  word(column, static_cast<std::int64_t>(std::uint64_t{value.size()} << 32 | at * word_bytes));
}

void RowBuilder::value(std::size_t column, const Value& value) {
  if (value.is_null()) return null(column);
  if (is_fixed_width(value.kind())) return word(column, value.word());
  if (value.kind() != TypeKind::interval) return bytes(column, value.as_bytes());
  const Interval interval = value.as_interval();
  bytes(column, {reinterpret_cast<const char*>(&interval), sizeof interval});
}

RowView RowBuilder::finish() noexcept {
  auto* block = reinterpret_cast<char*>(buffer_.data());
  RowHeader header{0, static_cast<std::uint32_t>(used_words_ * word_bytes), static_cast<std::uint32_t>(columns_)};
  header.hash = hash_of_block(block, header.bytes);
  std::memcpy(block, &header, sizeof header);
  return RowView{block};
}

Row Row::of(std::span<const Value> values) {
  RowBuilder builder;
  builder.begin(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) builder.value(i, values[i]);
  return Row{builder.finish()};
}

std::vector<Value> values_of(RowView row, const Schema& schema) {
  std::vector<Value> values;
  for (std::size_t i = 0; i < schema.size(); ++i) values.push_back(row.value(i, schema[i].type.kind));
  return values;
}

std::string to_text(RowView row, const Schema& schema) {
  std::string text = "(";
  for (const Value& value : values_of(row, schema)) {
    if (text.size() > 1) text += ", ";
    text += to_text(value);
  }
  return text + ")";
}

}  // namespace laterbase::ivm
