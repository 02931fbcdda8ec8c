#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/storage/storage.h"

// One ordered table of the storage in memory: a list of chunks of sorted entries, both immutable once published. A
// reader holds the list of its moment; a writer copies the list, and the chunks that it changes, before it changes
// them.
namespace laterbase {

struct MemoryEntry {
  std::string key;
  std::string value;
};

using MemoryChunk = std::vector<std::shared_ptr<const MemoryEntry>>;

struct MemoryTable {
  std::vector<std::shared_ptr<MemoryChunk>> chunks;  // none empty, ascending
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t changes = 0;  // grows with each change, so that a cursor sees that it has to find its entry again

  // Where an entry is. One past the last entry is {chunks.size(), 0}.
  struct Place {
    std::size_t chunk = 0;
    std::size_t index = 0;
  };

  Place lower_bound(BytesView key) const;
  Place end() const { return {chunks.size(), 0}; }
  Place after(Place place) const;
  Place before(Place place) const;  // not of the first
  const std::shared_ptr<const MemoryEntry>* at(Place place) const;
  bool holds(Place place, BytesView key) const;

  // Only on a table that no reader has; a chunk that is shared with another table is copied first.
  void put(Place place, BytesView key, BytesView value);
  void erase(Place place);

 private:
  MemoryChunk& own(std::size_t chunk);
  Place room_at(Place place);
};

// Walks the table that `slot` holds, which its own transaction may replace or change: it then finds its place by key.
// `slot` outlives it.
std::unique_ptr<Cursor> make_memory_cursor(const std::shared_ptr<const MemoryTable>& slot);

}  // namespace laterbase
