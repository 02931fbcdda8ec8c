#include "views/tree/ranks.h"

#include <algorithm>
#include <iterator>

namespace laterbase::tree {

// The first leaf whose last row is not before this one.
std::size_t Ranks::leaf_of(ivm::RowView row) const {
  const auto found = std::lower_bound(leaves_.begin(), leaves_.end(), row, [&](const Leaf& leaf, ivm::RowView at) {
    return order_.compare(leaf.entries.back().row.view(), at) < 0;
  });
  return static_cast<std::size_t>(found - leaves_.begin());
}

void Ranks::add(ivm::RowView row, std::int64_t weight) {
  if (leaves_.empty()) leaves_.emplace_back();
  const std::size_t at = leaves_.size() == 1 ? 0 : std::min(leaf_of(row), leaves_.size() - 1);
  Leaf& leaf = leaves_[at];
  auto entry =
      std::lower_bound(leaf.entries.begin(), leaf.entries.end(), row,
                       [&](const Entry& one, ivm::RowView other) { return order_.compare(one.row.view(), other) < 0; });
  if (entry == leaf.entries.end() || order_.compare(entry->row.view(), row) != 0)
    entry = leaf.entries.insert(entry, {ivm::Row(row), 0});
  entry->copies += weight;
  leaf.copies += weight;
  if (entry->copies == 0) leaf.entries.erase(entry);
  if (leaf.entries.empty())
    leaves_.erase(leaves_.begin() + static_cast<std::ptrdiff_t>(at));
  else if (leaf.entries.size() > longest_leaf)
    split(at);
}

void Ranks::split(std::size_t at) {
  Leaf second;
  std::vector<Entry>& entries = leaves_[at].entries;
  const auto middle = entries.begin() + longest_leaf / 2;
  second.entries.assign(std::make_move_iterator(middle), std::make_move_iterator(entries.end()));
  entries.erase(middle, entries.end());
  for (const Entry& entry : second.entries) second.copies += entry.copies;
  leaves_[at].copies -= second.copies;
  leaves_.insert(leaves_.begin() + static_cast<std::ptrdiff_t>(at) + 1, std::move(second));
}

template <typename IsBefore>
std::int64_t Ranks::count(const IsBefore& is_before) const {
  const auto found = std::partition_point(leaves_.begin(), leaves_.end(),
                                          [&](const Leaf& leaf) { return is_before(leaf.entries.back().row.view()); });
  std::int64_t copies = 0;
  for (auto leaf = leaves_.begin(); leaf != found; ++leaf) copies += leaf->copies;
  if (found == leaves_.end()) return copies;
  for (const Entry& entry : found->entries) {
    if (!is_before(entry.row.view())) break;
    copies += entry.copies;
  }
  return copies;
}

std::uint64_t Ranks::in_list(ivm::RowView row, bool inclusive) const {
  const std::int64_t begin = count([&](ivm::RowView one) { return key_.compare_columns(one, row) < 0; });
  const std::int64_t end = count([&](ivm::RowView one) {
    const auto place = order_.compare(one, row);
    return place < 0 || (inclusive && place == 0);
  });
  return static_cast<std::uint64_t>(end - begin);
}

Places::Places(const Answer& answer) {
  const std::vector<Level>& levels = answer.query().levels;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    auto& ranks = ranks_.emplace_back();
    if (levels[i].kind != NodeKind::many || levels[i].is_short) continue;
    auto order = levels[i].indexes(levels)[0];
    const ivm::Schema& schema = answer.rows(i).schema();
    const ivm::RowOrder whole(order, schema);
    order.resize(levels[i].key());
    ranks = std::make_unique<Ranks>(whole, ivm::RowOrder(order, schema));
    answer.rows(i).read(0, {}, false, [&](ivm::RowView row, std::int64_t weight) {
      ranks->add(row, weight);
      return true;
    });
  }
}

void Places::take(const std::vector<const ivm::Batch*>& changes) {
  for (std::size_t i = 0; i < ranks_.size(); ++i) {
    if (!ranks_[i]) continue;
    for (const ivm::Change& change : *changes[i]) ranks_[i]->add(change.row, change.weight);
  }
}

}  // namespace laterbase::tree
