#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/table/space_file.h"

// Rows to keep in space files: a table of items that is a plain map, in pages as a table would have them.
namespace laterbase::worktable::test {

inline space::Schema items() {
  space::Schema schema;
  schema.name = "item";
  schema.columns = {
      {"id", space::Kind::u64, false, 0}, {"stamp", space::Kind::u64, false, 0}, {"note", space::Kind::text, true, 0}};
  schema.key = {0};
  return schema;
}

struct Item {
  std::uint64_t stamp = 0;
  std::string note;
  bool operator==(const Item&) const = default;
};

inline std::string pack(std::uint64_t id, const Item& item) {
  std::string row(1, item.note.empty() ? '\1' : '\0');
  append_le(row, id);
  append_le(row, item.stamp);
  append_le(row, static_cast<std::uint16_t>(item.note.size()));
  return row + item.note;
}

using Items = std::map<std::uint64_t, Item>;

inline std::pair<std::uint64_t, Item> unpack(BytesView bytes) {
  static const space::Layout layout(items());
  const space::Row row(layout, bytes);
  return {row.get<std::uint64_t>(0), {row.get<std::uint64_t>(1), std::string(row.raw(2))}};
}

// 40 ids a page, so that a page's rows are stable.
class ItemSource : public RowSource {
 public:
  static constexpr std::uint64_t ids_a_page = 40;

  explicit ItemSource(const Items& items) : items_(items) {}
  std::uint32_t page_count() const override {
    return items_.empty() ? 0 : static_cast<std::uint32_t>(items_.rbegin()->first / ids_a_page + 1);
  }
  void each_row(std::uint32_t page, const std::function<void(BytesView)>& row) const override {
    const auto end = items_.lower_bound((page + 1) * ids_a_page);
    for (auto item = items_.lower_bound(page * ids_a_page); item != end; ++item) row(pack(item->first, item->second));
  }

 private:
  const Items& items_;
};

inline void change(Items& items, Random& random, std::uint64_t ids) {
  const auto id = random.below(ids);
  if (random.one_in(3))
    items.erase(id);
  else
    items[id] = {random(), std::string(random.below(60), static_cast<char>('a' + random.below(26)))};
}

inline Items loaded(SpaceFile& file) {
  Items items;
  file.load([&](BytesView row) { items.insert(unpack(row)); });
  return items;
}

inline std::unique_ptr<SpaceFile> open_items(Disk& disk, const std::string& path, SpaceOptions options = {}) {
  auto file = SpaceFile::open(disk, path, items(), options);
  if (!file) throw Failure(FailureCode::damaged, file.error().detail);
  return std::move(*file);
}

}  // namespace laterbase::worktable::test
