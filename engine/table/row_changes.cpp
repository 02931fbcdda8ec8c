// How rows of a RowTable change, leave and move.
#include <fmt/format.h>

#include "engine/table/row_table.h"

namespace laterbase::worktable {

// Waits for whoever has the row now.
RowTable::Claim RowTable::claim(Spot spot, const WriteScope& write, CellHeader& header) {
  pages_.before_change(spot, write);
  Backoff backoff;
  for (;; backoff.pause()) {
    header = pages_.look(spot);
    if (!header.live()) return Claim::gone;
    if (header.claimed() || header.writing()) continue;
    auto expected = header.word();
    header = header.with_claim();
    if (exchange_shared(write.alone(), pages_.header(spot), expected, header.word())) return Claim::mine;
  }
}

bool RowTable::erase(const Key& key) {
  const WriteScope write(writers_);
  for (;;) {
    const auto spot = spot_of_key(key);
    if (spot == no_spot) return false;
    if (erase_spot(spot, write)) return true;
  }
}

bool RowTable::erase(Link link) {
  const WriteScope write(writers_);
  return erase_spot(pages_.spot_of(link), write);
}

// The row is gone when its header says so; indexes follow.
bool RowTable::erase_spot(Spot spot, const WriteScope& write) {
  CellHeader header;
  if (claim(spot, write, header) == Claim::gone) return false;
  ClaimedRow row(pages_, spot);
  erase_claimed(spot, header, row, write);
  return true;
}

void RowTable::erase_claimed(Spot spot, CellHeader header, ClaimedRow& row, const WriteScope& write) {
  pages_.header(spot).store(header.next(CellState::dead).word(), std::memory_order_release);
  if (keys_ && key_plan_->exact())
    leave_key({key_plan_->make_exact(SharedRow{pages_.row(spot)}), {}}, spot, write.alone());
  else if (keys_)
    leave_key(key_plan_->make(row.bytes()), spot, write.alone());
  for (auto& index : indexes_)
    if (index.loose == nullptr) leave(index, row.bytes(), spot, write.alone());
  pages_.retire(spot, write);
  rows_.add(-1);
  tidy();
}

Result<bool> RowTable::erase(const Key& key, const May& may) {
  const WriteScope write(writers_);
  CellHeader header;
  Spot spot = no_spot;
  do {
    spot = spot_of_key(key);
    if (spot == no_spot) return false;
  } while (claim(spot, write, header) == Claim::gone);
  ClaimedRow row(pages_, spot);
  Result<bool> answer = may(row);
  if (answer && *answer)
    erase_claimed(spot, header, row, write);
  else
    pages_.header(spot).store(header.without_claim().word(), std::memory_order_release);
  return answer;
}

std::uint64_t RowTable::lasting_link(Link link) const {
  const Pin pin;
  return std::uint64_t{pages_.spot_of(link)} << 32 | pages_.head(link.page).life.load(std::memory_order_acquire);
}

// In one life of a page its cells stay where they are. A page that ends its life under our pin begins no other one
// before the copy without the life number showing it.
bool RowTable::read_lasting(std::uint64_t link, RowBuffer& row) const {
  const Pin pin;
  const auto spot = static_cast<Spot>(link >> 32);
  if (spot == no_spot || pages_.page_of(spot) >= pages_.page_count()) return false;
  const auto& head = pages_.head(pages_.page_of(spot));
  const auto same_life = [&] {
    return head.used.load(std::memory_order_acquire) &&
           head.life.load(std::memory_order_acquire) == static_cast<std::uint32_t>(link);
  };
  return same_life() && pages_.read(spot, row) && same_life();
}

bool RowTable::stays(const Key& key) const {
  std::atomic_thread_fence(std::memory_order_seq_cst);  // the caller's row is seen before this looks for a claim
  const Pin pin;
  Backoff backoff;
  for (;; backoff.pause()) {
    const auto spot = spot_of_key(key);
    if (spot == no_spot) return false;
    const auto header = pages_.look(spot);
    if (header.live() && !header.claimed()) return true;
  }
}

Result<bool> RowTable::update(const Key& key, const Rewrite& rewrite) {
  const WriteScope write(writers_);
  for (;;) {
    const auto spot = spot_of_key(key);
    if (spot == no_spot) return false;
    bool gone = false;
    auto updated = update_spot(spot, write, &rewrite, gone);
    if (!gone) return updated;
  }
}

Result<bool> RowTable::update(Link link, const Rewrite& rewrite) {
  const WriteScope write(writers_);
  bool gone = false;
  return update_spot(pages_.spot_of(link), write, &rewrite, gone);
}

// Without `rewrite` the row only gets another cell.
Result<bool> RowTable::update_spot(Spot spot, const WriteScope& write, const Rewrite* rewrite, bool& gone) {
  CellHeader header;
  gone = claim(spot, write, header) == Claim::gone;
  if (gone) return false;
  RowBuffer row;
  pages_.read_as_is(spot, row);
  if (rewrite == nullptr) return change_by_moving(spot, header, row.bytes(), row.bytes(), write);
  const auto unclaim = [&](Error error) -> Result<bool> {
    pages_.header(spot).store(header.without_claim().word(), std::memory_order_release);
    return error;
  };
  Result<BytesView> changed = BytesView();
  try {
    changed = (*rewrite)(row.bytes());
  } catch (...) {
    unclaim({});
    throw;
  }
  if (!changed) return unclaim(changed.error());
  if (!RowView::fits(layout_, *changed)) return unclaim({ErrorCode::invalid, "not a row of table " + schema_.name});
  if (changed->size() > pages_.longest_row())
    return unclaim({ErrorCode::too_large,
                    fmt::format("a row of {} bytes fits no page of table {}", changed->size(), schema_.name)});
  if (keys_ && !key_plan_->same(row.bytes(), *changed))
    return unclaim({ErrorCode::invalid, "an update of table " + schema_.name + " may not change the primary key"});
  if (in_place(row.bytes(), *changed)) return change_in_place(spot, header, row.bytes(), *changed, write.alone());
  return change_by_moving(spot, header, row.bytes(), *changed, write);
}

bool RowTable::in_place(BytesView old_row, BytesView new_row) const {
  if (old_row.size() != new_row.size()) return false;
  const auto ends = layout_.ends_offset();
  if (old_row.substr(ends, 2 * layout_.variables()) != new_row.substr(ends, 2 * layout_.variables())) return false;
  for (const auto& index : indexes_)
    if (index.pins_key() && !index.plan.same(old_row, new_row)) return false;
  return true;
}

Result<bool> RowTable::change_in_place(Spot spot, CellHeader header, BytesView old_row, BytesView new_row, bool alone) {
  std::uint64_t changed = 0;  // by index; further ones are compared again
  for (std::size_t i = 0; i < indexes_.size(); ++i) {
    if (indexes_[i].pins_key() || indexes_[i].plan.same(old_row, new_row)) continue;
    if (enter(indexes_[i], new_row, spot, true, alone)) {
      changed |= std::uint64_t{1} << i;
      continue;
    }
    for (std::size_t k = 0; k < i; ++k)
      if ((changed >> k & 1) != 0) leave(indexes_[k], new_row, spot, alone);
    pages_.header(spot).store(header.without_claim().word(), std::memory_order_release);
    return conflict(indexes_[i].plan);
  }
  pages_.header(spot).store(header.with_writing().word(), std::memory_order_release);
  copy_to_shared(pages_.row(spot), new_row.data(), static_cast<std::uint32_t>(new_row.size()));
  pages_.header(spot).store(header.next(CellState::live).word(), std::memory_order_release);
  for (std::size_t i = 0; i < indexes_.size(); ++i)
    if ((changed >> i & 1) != 0) leave(indexes_[i], old_row, spot, alone);
  if (changed != 0) tidy();
  return true;
}

// The new cell is in all indexes before it can be read; then the old one dies, then the new one lives.
Result<bool> RowTable::change_by_moving(Spot spot, CellHeader header, BytesView old_row, BytesView new_row,
                                        const WriteScope& write) {
  const auto to = pages_.make(new_row, write);
  const auto fresh = pages_.look(to);
  pages_.header(to).store(fresh.next(CellState::arriving).word(), std::memory_order_release);
  const auto same_key = [&](const IndexState& index) { return index.plan.same(old_row, new_row); };
  for (std::size_t i = 0; i < indexes_.size(); ++i) {
    auto& index = indexes_[i];
    const bool same = same_key(index);
    if (same && index.unique_hash != nullptr) continue;
    if (enter(index, new_row, to, !same, write.alone())) continue;
    pages_.header(to).store(fresh.next(CellState::arriving).next(CellState::dead).word(), std::memory_order_release);
    for (std::size_t k = 0; k < i; ++k)
      if (!(same_key(indexes_[k]) && indexes_[k].unique_hash != nullptr))
        leave(indexes_[k], new_row, to, write.alone());
    pages_.retire(to, write);
    pages_.header(spot).store(header.without_claim().word(), std::memory_order_release);
    return conflict(index.plan);
  }
  if (keys_) move_key(key_plan_->make(old_row), spot, to, write.alone());
  for (auto& index : indexes_)
    if (index.unique_hash != nullptr && same_key(index))
      index.unique_hash->move(hash_of(index.plan.make(old_row)), spot, to, write.alone());
  pages_.header(spot).store(header.next(CellState::dead).word(), std::memory_order_release);
  pages_.header(to).store(fresh.next(CellState::arriving).next(CellState::live).word(), std::memory_order_release);
  for (auto& index : indexes_)
    if (index.unique_hash == nullptr || !same_key(index)) leave(index, old_row, spot, write.alone());
  pages_.retire(spot, write);
  tidy();
  return true;
}

}  // namespace laterbase::worktable
