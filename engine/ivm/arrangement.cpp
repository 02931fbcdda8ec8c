#include "engine/ivm/arrangement.h"

namespace laterbase::ivm {

std::string text_of(const std::vector<ArrangementKey>& keys) {
  std::string text;
  for (const ArrangementKey& key : keys) {
    text += (text.empty() ? "" : ", ") + key.expression->text() + (key.nulls_match ? " or NULL" : "");
  }
  return text;
}

Arrangement::Arrangement(const std::vector<ArrangementKey>& keys, Memory memory) : rows_(memory) {
  for (const ArrangementKey& key : keys) keys_.add(key.expression, key.nulls_match);
  rows_.keys_are_one_word(keys_.is_one_word());
}

void Arrangement::begin_step() {
  rows_.begin_step();
  forget_changes();
}

void Arrangement::forget_changes() {
  if (!consolidated_.empty()) batch_.clear();
  consolidated_.clear();
  without_key_.clear();
  touched_.clear();
  changed_.clear();
  gone_.clear();
}

void Arrangement::step(Inputs inputs, Batch&) {
  forget_changes();
  for (const auto& [row, weight] : *inputs[0]) consolidated_.refer(row, weight);
  consolidated_.consolidate();
  batch_.fill(consolidated_, keys_, [this](const Change& change) { without_key_.push_back(change); });
  const auto ahead = [this](const KeyedChange& change, std::size_t stage) { rows_.ahead_of(change, stage); };
  for (const bool coming : {false, true}) {
    batch_.visit(coming, ahead, [this](const KeyedChange& change) { take(change); });
  }
}

void Arrangement::take(const KeyedChange& change) {
  const auto applied = rows_.add(change.key, change.row, change.weight, change.guess);
  bool is_new = false;
  auto& touched = touched_.find_or_add(change.key, is_new);
  if (is_new) touched.payload = Touched{};
  if (applied.after != 0) {
    if (applied.before == 0) ++touched.payload.fresh;
    auto& changed = changed_.find_or_add(applied.row, is_new);
    changed.payload += change.weight;
    return;
  }
  gone_.push_back({applied.row, applied.before, touched.payload.gone});
  touched.payload.gone = static_cast<std::uint32_t>(gone_.size() - 1);
}

void Arrangement::rollback() {
  rows_.rollback();
  forget_changes();
}

}  // namespace laterbase::ivm
