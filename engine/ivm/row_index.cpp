#include "engine/ivm/row_index.h"

#include <algorithm>

namespace laterbase::ivm {

void RowIndex::insert_all(const std::vector<RowView>& rows) {
  std::vector<OrderedEntry> entries;
  entries.reserve(rows.size());
  for (const RowView row : rows) entries.push_back({order_.prefix(row), row});
  std::sort(entries.begin(), entries.end(), EntryBefore{&order_});
  for (const OrderedEntry& entry : entries) rows_.insert(rows_.end(), entry);
}

void RowIndex::read(const Range& range, bool backwards, const std::function<bool(RowView)>& visit) const {
  const auto begin = range.lower ? rows_.lower_bound(Cut{range.lower->values, !range.lower->inclusive}) : rows_.begin();
  const auto end = range.upper ? rows_.lower_bound(Cut{range.upper->values, range.upper->inclusive}) : rows_.end();
  // A lower bound above the upper one: nothing.
  if (end == rows_.begin() || (begin != rows_.end() && end != rows_.end() && rows_.key_comp()(*end, *begin))) return;
  if (begin == rows_.end()) return;
  if (!backwards) {
    for (auto at = begin; at != end && visit(at->row);) ++at;
    return;
  }
  for (auto at = end; at != begin;) {
    if (!visit((--at)->row)) return;
  }
}

}  // namespace laterbase::ivm
