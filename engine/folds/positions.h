#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/events/event.h"

// Where in the log a state's events are: positions in blocks, as the differences between them, with the least and the
// greatest key of each block. So the events after a key are found without looking at all.
//
// Cost: two or three bytes an event where a key's events are near each other in the log, and 104 a block of 128.
namespace laterbase::folds {

class Positions {
 public:
  // Cheapest where positions ascend. A position is below 2^63: no log comes there.
  void add(Lc lc, const Ulid& key);
  // False where it is not there. Cost: a block is written again.
  bool remove(Lc lc);
  // All whose key may be greater than `after` and not greater than `until`; null is no bound. In the order in which
  // they were added.
  void collect(const Ulid* after, const Ulid* until, std::vector<Lc>& positions) const;

  std::uint64_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::size_t bytes() const noexcept;

  void save(std::string& to) const;
  // False where it is not what save() wrote.
  bool load(std::string_view& from);

 private:
  struct Block {
    Ulid least, greatest;
    Lc first = 0, last = 0;  // as they were added
    Lc lowest = 0, highest = 0;
    std::uint32_t count = 0;
    std::string differences;  // of all but the first, with their sign, seven bits a byte
  };
  static constexpr std::uint32_t entries_a_block = 128;
  static bool read(const Block& block, std::vector<Lc>& positions);

  std::vector<Block> blocks_;
  std::uint64_t size_ = 0;
};

}  // namespace laterbase::folds
