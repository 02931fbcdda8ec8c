#include "engine/table/key.h"

#include "engine/base/hash.h"

namespace laterbase::worktable {
namespace {

void append_big_endian(std::uint64_t number, std::uint32_t width, Key& key) {
  for (auto shift = width * 8; shift > 0;) key.bytes.push_back(static_cast<char>(number >> (shift -= 8)));
}

void append_escaped(BytesView value, Key& key) {
  for (const char byte : value) {
    key.bytes.push_back(byte);
    if (byte == '\0') key.bytes.push_back('\xff');
  }
  key.bytes.insert(key.bytes.end(), 2, '\0');
}

// From a prefix to a bound above every key that begins with it: no complete key is as short.
void step_past_prefix(Key& key) {
  const auto size = key.bytes.size();
  while (!key.bytes.empty() && key.bytes.back() == '\xff') key.bytes.pop_back();
  if (key.bytes.empty())
    key.bytes.assign(size + 1, '\xff');
  else
    ++key.bytes.back();
}

std::uint64_t prefix_of(BytesView bytes) noexcept {
  char first[8] = {};
  std::memcpy(first, bytes.data(), std::min<std::size_t>(bytes.size(), sizeof first));
  return load_be64(first);
}

}  // namespace

std::strong_ordering compare(const Key& left, const Key& right) noexcept {
  if (left.prefix != right.prefix) return left.prefix <=> right.prefix;
  return left.view() <=> right.view();
}

std::uint64_t hash_of(const Key& key) noexcept { return key.bytes.empty() ? hash_of(key.prefix) : hash64(key.view()); }

KeyPlan::KeyPlan(const Schema& schema, const Layout& layout, std::vector<std::uint32_t> columns)
    : layout_(&layout), columns_(std::move(columns)) {
  std::uint32_t width = 0;
  for (const auto number : columns_) {
    const auto& column = schema.columns[number];
    parts_.push_back({number, column.kind, column.width(), layout.place(number).offset});
    exact_ = exact_ && !column.variable() && !column.optional;
    width += column.width();
  }
  exact_ = exact_ && width <= 8;
}

template <typename ValueOf>
std::uint64_t KeyPlan::join(ValueOf&& value_of) const noexcept {
  if (parts_.size() == 1) return value_of(parts_.front()) << (64 - parts_.front().width * 8);
  std::uint64_t key = 0;
  std::uint32_t used = 0;
  for (const auto& part : parts_) {
    used += part.width * 8;
    key |= value_of(part) << (64 - used);
  }
  return key;
}

std::uint64_t KeyPlan::make_exact(BytesView row) const noexcept {
  return join([&](const Part& part) { return sortable(part.kind, row.data() + part.offset); });
}

std::uint64_t KeyPlan::make_exact(SharedRow row) const noexcept {
  return join([&](const Part& part) { return sortable(part.kind, row.bytes(part.offset, part.width)); });
}

void KeyPlan::append(const Part& part, const RowView& row, Key& key) const {
  if (layout_->place(part.column).null_bit >= 0) {
    key.bytes.push_back(row.is_null(part.column) ? 0 : 1);
    if (row.is_null(part.column)) return;
  }
  if (part.width == 0)
    append_escaped(row.raw(part.column), key);
  else
    append_big_endian(sortable(part.kind, row.raw(part.column).data()), part.width, key);
}

void KeyPlan::make(BytesView row, Key& key) const {
  key.bytes.clear();
  if (exact_) {
    key.prefix = make_exact(row);
    return;
  }
  const RowView view(*layout_, row);
  for (const auto& part : parts_) append(part, view, key);
  key.prefix = prefix_of(key.view());
}

Key KeyPlan::bound(BytesView row, std::uint32_t count, bool greatest) const {
  Key key;
  const RowView view(*layout_, row);
  if (exact_) {
    std::uint32_t used = 0;
    for (std::uint32_t i = 0; i < count; ++i) used += parts_[i].width * 8;
    key.prefix = make_exact(row);
    const auto rest = used == 64 ? 0 : ~std::uint64_t{0} >> used;
    key.prefix = greatest ? key.prefix | rest : key.prefix & ~rest;
    return key;
  }
  for (std::uint32_t i = 0; i < count; ++i) append(parts_[i], view, key);
  if (greatest && count < parts_.size()) step_past_prefix(key);
  key.prefix = prefix_of(key.view());
  return key;
}

bool KeyPlan::reads(std::uint32_t column) const noexcept {
  return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
}

}  // namespace laterbase::worktable
