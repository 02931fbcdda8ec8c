#include "engine/storage/memory_table.h"

#include <algorithm>
#include <utility>

#include "engine/base/invariant.h"

namespace laterbase {
namespace {

constexpr std::size_t chunk_entries = 64;
constexpr std::size_t few_entries = 16;

class MemoryCursor : public Cursor {
 public:
  explicit MemoryCursor(const std::shared_ptr<const MemoryTable>& slot) : slot_(slot) {}

  bool first() override { return go({0, 0}); }
  bool last() override { return go(slot_->chunks.empty() ? slot_->end() : slot_->before(slot_->end())); }
  bool seek(BytesView at_or_after) override { return go(slot_->lower_bound(at_or_after)); }

  bool next() override {
    LATERBASE_INVARIANT(entry_ != nullptr, "next() from no entry");
    const bool gone = find_again();
    return go(gone ? place_ : slot_->after(place_));
  }

  bool prev() override {
    LATERBASE_INVARIANT(entry_ != nullptr, "prev() from no entry");
    find_again();
    const bool at_first = place_.chunk == 0 && place_.index == 0;
    return go(at_first ? slot_->end() : slot_->before(place_));
  }

  BytesView key() const override { return entry().key; }
  BytesView value() const override { return entry().value; }

 private:
  const MemoryEntry& entry() const {
    LATERBASE_INVARIANT(entry_ != nullptr, "a cursor that stands on no entry was read");
    return *entry_;
  }

  bool go(MemoryTable::Place place) {
    changes_ = slot_->changes;
    place_ = place;
    const auto* found = slot_->at(place);
    entry_ = found != nullptr ? *found : nullptr;
    return entry_ != nullptr;
  }

  // Whether the entry was erased meanwhile; the place is then where it would be.
  bool find_again() {
    if (changes_ == slot_->changes) return false;
    place_ = slot_->lower_bound(entry_->key);
    return !slot_->holds(place_, entry_->key);
  }

  const std::shared_ptr<const MemoryTable>& slot_;
  std::uint64_t changes_ = 0;
  MemoryTable::Place place_;
  std::shared_ptr<const MemoryEntry> entry_;
};

}  // namespace

MemoryTable::Place MemoryTable::lower_bound(BytesView key) const {
  const auto chunk = std::lower_bound(chunks.begin(), chunks.end(), key,
                                      [](const auto& each, BytesView wanted) { return each->back()->key < wanted; });
  if (chunk == chunks.end()) return end();
  const auto entry = std::lower_bound((*chunk)->begin(), (*chunk)->end(), key,
                                      [](const auto& each, BytesView wanted) { return each->key < wanted; });
  return {static_cast<std::size_t>(chunk - chunks.begin()), static_cast<std::size_t>(entry - (*chunk)->begin())};
}

MemoryTable::Place MemoryTable::after(Place place) const {
  return place.index + 1 < chunks[place.chunk]->size() ? Place{place.chunk, place.index + 1}
                                                       : Place{place.chunk + 1, 0};
}

MemoryTable::Place MemoryTable::before(Place place) const {
  return place.index > 0 ? Place{place.chunk, place.index - 1}
                         : Place{place.chunk - 1, chunks[place.chunk - 1]->size() - 1};
}

const std::shared_ptr<const MemoryEntry>* MemoryTable::at(Place place) const {
  return place.chunk < chunks.size() ? &(*chunks[place.chunk])[place.index] : nullptr;
}

bool MemoryTable::holds(Place place, BytesView key) const {
  const auto* entry = at(place);
  return entry != nullptr && (*entry)->key == key;
}

void MemoryTable::put(Place place, BytesView key, BytesView value) {
  auto entry = std::make_shared<const MemoryEntry>(MemoryEntry{std::string(key), std::string(value)});
  ++changes;
  bytes += key.size() + value.size();
  if (holds(place, key)) {
    auto& old = own(place.chunk)[place.index];
    bytes -= old->key.size() + old->value.size();
    old = std::move(entry);
    return;
  }
  ++entries;
  place = room_at(place);
  auto& chunk = own(place.chunk);
  chunk.insert(chunk.begin() + static_cast<std::ptrdiff_t>(place.index), std::move(entry));
}

void MemoryTable::erase(Place place) {
  auto& chunk = own(place.chunk);
  ++changes;
  --entries;
  bytes -= chunk[place.index]->key.size() + chunk[place.index]->value.size();
  chunk.erase(chunk.begin() + static_cast<std::ptrdiff_t>(place.index));
  const auto position = chunks.begin() + static_cast<std::ptrdiff_t>(place.chunk);
  if (chunk.empty()) {
    chunks.erase(position);
  } else if (chunk.size() < few_entries && position + 1 != chunks.end() && position[1]->size() < few_entries) {
    chunk.insert(chunk.end(), position[1]->begin(), position[1]->end());
    chunks.erase(position + 1);
  }
}

// The published table keeps its reference to every chunk that it shares with this one, so a sole owner is this table.
MemoryChunk& MemoryTable::own(std::size_t chunk) {
  auto& held = chunks[chunk];
  if (held.use_count() > 1) held = std::make_shared<MemoryChunk>(*held);
  return *held;
}

// A place for one more entry before `place`: a full chunk is split, and one filled in ascending order is left full.
MemoryTable::Place MemoryTable::room_at(Place place) {
  const auto position = chunks.begin() + static_cast<std::ptrdiff_t>(place.chunk);
  if (place.chunk == chunks.size()) {
    if (chunks.empty() || chunks.back()->size() >= chunk_entries) {
      chunks.push_back(std::make_shared<MemoryChunk>());
      return {chunks.size() - 1, 0};
    }
    return {chunks.size() - 1, chunks.back()->size()};
  }
  if ((*position)->size() < chunk_entries) return place;
  const auto& full = **position;
  const auto middle = full.begin() + chunk_entries / 2;
  auto low = std::make_shared<MemoryChunk>(full.begin(), middle);
  auto high = std::make_shared<MemoryChunk>(middle, full.end());
  *position = std::move(low);
  chunks.insert(chunks.begin() + static_cast<std::ptrdiff_t>(place.chunk) + 1, std::move(high));
  return place.index <= chunk_entries / 2 ? place : Place{place.chunk + 1, place.index - chunk_entries / 2};
}

std::unique_ptr<Cursor> make_memory_cursor(const std::shared_ptr<const MemoryTable>& slot) {
  return std::make_unique<MemoryCursor>(slot);
}

}  // namespace laterbase
