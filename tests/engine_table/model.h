#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/table/row_table.h"

// A table of every kind of index beside what it should be: a std::map.
namespace table_model {

namespace worktable = laterbase::worktable;

struct Item {
  std::uint64_t id = 0;
  std::uint8_t exchange = 0;
  double bid = 0;
  std::string name;
  std::optional<std::int32_t> code;
  std::uint16_t level = 0;
  bool operator==(const Item&) const = default;
};

enum Columns : std::uint32_t { id, exchange, bid, name, code, level };
enum Indexes : std::uint32_t { by_exchange, by_bid, by_name, by_code, by_level, by_exchange_and_bid };

inline worktable::Schema schema(bool counted_key = false) {
  using worktable::IndexKind;
  using worktable::Kind;
  return {"item",
          {{"id", Kind::u64},
           {"exchange", Kind::u8},
           {"bid", Kind::f64},
           {"name", Kind::text},
           {"code", Kind::i32, true},
           {"level", Kind::u16}},
          {id},
          {{{exchange}, IndexKind::hashed, false},
           {{bid}, IndexKind::ordered, false},
           {{name}, IndexKind::ordered, false},
           {{code, name}, IndexKind::hashed, true},
           {{level, id}, IndexKind::ordered, true},
           {{exchange, bid}, IndexKind::ordered, false}},
          counted_key};
}

inline std::string pack(const worktable::Layout& layout, const Item& item) {
  worktable::RowBuilder row(layout);
  row.set(id, item.id);
  row.set(exchange, item.exchange);
  row.set(bid, item.bid);
  row.set_raw(name, item.name);
  if (item.code) row.set(code, *item.code);
  row.set(level, item.level);
  return std::string(row.finish().value());
}

inline Item unpack(const worktable::Layout& layout, laterbase::BytesView bytes) {
  const worktable::RowView row(layout, bytes);
  Item item{row.fixed<std::uint64_t>(id),
            row.fixed<std::uint8_t>(exchange),
            row.fixed<double>(bid),
            std::string(row.raw(name)),
            std::nullopt,
            row.fixed<std::uint16_t>(level)};
  if (!row.is_null(code)) item.code = row.fixed<std::int32_t>(code);
  return item;
}

}  // namespace table_model
