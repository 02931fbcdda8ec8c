#pragma once

// Bodies of table.h: foreign keys, and rows that came in by other ways.
#include "engine/table/table.h"

namespace laterbase::worktable {
template <Name TableName, typename... Parts>
template <typename... Parents>
requires(sizeof...(Parents) > 0 &&
         sizeof...(Parents) == detail::Shape<Parts...>::links()) Table<TableName, Parts...>::Table(Parents&... parents)
    : rows_(Shape::schema(TableName.view())) {
  const auto given = std::tie(parents...);
  detail::for_numbers<Shape::columns>([&](auto i) {
    if constexpr (Shape::Cols::references[i]) {
      constexpr auto position = Shape::before(i, Shape::Cols::references);
      static_assert(std::is_same_v<ParentOf<i>, std::remove_cvref_t<decltype(std::get<position>(given))>>,
                    "tables are given in the order of the columns that refer to them");
      meet_parent<i>(std::get<position>(given));
    }
  });
}

template <Name TableName, typename... Parts>
template <std::size_t I>
void Table<TableName, Parts...>::meet_parent(ParentOf<I>& parent) {
  using Parent = ParentOf<I>;
  static_assert(Parent::Shape::primary.count == 1, "a foreign key refers to a table whose primary key is one column");
  constexpr auto key_column = Parent::Shape::primary.columns[0];
  static_assert(std::is_same_v<typename Shape::template Value<I>, typename Parent::Shape::template Value<key_column>>,
                "a foreign key is of the type of the primary key that it refers to");
  parents_[I] = &parent;
  constexpr auto own_index = [] {
    for (std::size_t n = 0; n < Shape::indexes.size(); ++n)
      if (Shape::indexes[n].count == 1 && Shape::indexes[n].columns[0] == I) return n;
    return Shape::indexes.size();
  }();
  const std::lock_guard guard(parent.referrers_lock_);
  parent.referred_to_.store(true, std::memory_order_seq_cst);
  epochs().heavy_barrier();  // who erases rows of it without having seen that has claimed them for all to see
  parent.referrers_.push_back({this, [this](BytesView parent_row) {
                                 Values like{};
                                 std::get<I>(like) = Parent::Shape::template get<key_column>(parent_row.data());
                                 Packed packed;
                                 (void)detail::Packer<Shape>::pack(like, packed);
                                 bool found = false;
                                 rows_.each_equal(own_index,
                                                  rows_.index_plan(own_index).make({packed.data(), packed.size()}),
                                                  [&](BytesView, Spot) { return !(found = true); });
                                 return found;
                               }});
}

template <Name TableName, typename... Parts>
Table<TableName, Parts...>::~Table() {
  detail::for_numbers<Shape::columns>([&](auto i) {
    if constexpr (Shape::Cols::references[i]) {
      auto& parent = *static_cast<ParentOf<i>*>(parents_[i]);
      const std::lock_guard guard(parent.referrers_lock_);
      std::erase_if(parent.referrers_, [this](const auto& referrer) { return referrer.child == this; });
    }
  });
}

template <Name TableName, typename... Parts>
std::string Table<TableName, Parts...>::missing_parent(const Values& values) const {
  std::string missing;
  detail::for_numbers<Shape::columns>([&](auto i) {
    if constexpr (Shape::Cols::references[i])
      if (const auto& parent = *static_cast<const ParentOf<i>*>(parents_[i]);
          !parent.rows_.stays(parent.key_from(std::get<i>(values))))
        missing = Shape::Cols::names[i];
  });
  return missing;
}

template <Name TableName, typename... Parts>
void Table<TableName, Parts...>::pack_links(const Values& values, char* row) const {
  detail::for_numbers<Shape::columns>([&](auto i) {
    if constexpr (Shape::Cols::references[i]) {
      const Pin pin;
      const auto& parent = *static_cast<const ParentOf<i>*>(parents_[i]);
      const auto link = parent.rows_.find_link(parent.key_from(std::get<i>(values)));
      const auto lasting = link ? parent.rows_.lasting_link(*link) : 0;
      store_le(row + Shape::links_offset + 8 * Shape::before(i, Shape::Cols::references), lasting);
    }
  });
}

template <Name TableName, typename... Parts>
bool Table<TableName, Parts...>::is_referred_to(ClaimedRow& row) const {
  if (!referred_to_.load(std::memory_order_seq_cst)) return false;
  std::atomic_thread_fence(std::memory_order_seq_cst);  // the claim is seen before this looks around; see stays()
  const std::lock_guard guard(referrers_lock_);
  return std::any_of(referrers_.begin(), referrers_.end(),
                     [&](const auto& referrer) { return referrer.refers(row.bytes()); });
}

template <Name TableName, typename... Parts>
template <Name N, typename... KeyValues>
auto Table<TableName, Parts...>::follow(const KeyValues&... key) const {
  constexpr auto column = Shape::template number<N>;
  static_assert(Shape::Cols::references[column], "follow() wants a column that references a table");
  using Parent = ParentOf<column>;
  constexpr auto parent_key = Parent::Shape::primary.columns[0];
  const auto& parent = *static_cast<const Parent*>(parents_[column]);
  RowBuffer child;
  if (!rows_.find(key_from(key...), child)) return std::optional<typename Parent::Row>();
  const auto wanted = Shape::template get<column>(child.bytes().data());
  constexpr auto link_at = Shape::links_offset + 8 * Shape::before(column, Shape::Cols::references);
  RowBuffer row;
  if (!parent.rows_.read_lasting(load_le<std::uint64_t>(child.bytes().data() + link_at), row) ||
      Parent::Shape::template get<parent_key>(row.bytes().data()) != wanted)
    return parent.find(wanted);  // the row moved: its key still leads to it
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::optional(
        typename Parent::Row(typename Parent::Values(Parent::Shape::template get<I>(row.bytes().data())...)));
  }
  (std::make_index_sequence<Parent::Shape::columns>());
}

template <Name TableName, typename... Parts>
void Table<TableName, Parts...>::adopt() {
  constexpr auto made = Shape::Cols::first_made();
  if constexpr (made < Shape::columns) {
    if constexpr (Shape::Cols::template At<made>::counted) {
      std::uint64_t greatest = 0;
      rows_.scan([&](BytesView row, Spot) {
        greatest = std::max(greatest, static_cast<std::uint64_t>(Shape::template get<made>(row.data())));
        return true;
      });
      for (auto next = next_.load(); next <= greatest && !next_.compare_exchange_weak(next, greatest + 1);) {
      }
    }
  }
  if constexpr (Shape::links() > 0) {
    std::vector<Key> keys;
    rows_.scan([&](BytesView row, Spot) { return keys.push_back(rows_.key_plan().make(row)), true; });
    for (const auto& key : keys) (void)rewrite(key, [](Values&) { return true; });
  }
}

}  // namespace laterbase::worktable
