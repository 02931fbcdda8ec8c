#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/random.h"

namespace laterbase {

// The bytes of one file of the disk in memory: as they are now, as they were at the last sync, and what was done since.
// Threads: one at a time.
class MemoryFileBody {
 public:
  const std::string& now() const noexcept { return now_; }

  void write(std::uint64_t offset, BytesView bytes);
  void truncate(std::uint64_t size);
  void sync();

  // Each atom of 512 bytes becomes what it was at some moment since the last sync, its own moment; so does the size.
  void crash(Random& random);

 private:
  struct Step {
    bool cut = false;  // or lengthened, to `offset`
    std::uint64_t offset = 0;
    std::string bytes;

    std::uint64_t size_after(std::uint64_t size) const;
    bool touches(std::uint64_t begin, std::uint64_t end) const;
  };

  static void apply(const Step& step, std::string& to);
  void crash_atom(std::uint64_t begin, const std::vector<const Step*>& touching, std::size_t applied);

  std::string now_;
  std::string durable_;
  std::vector<Step> since_;
};

}  // namespace laterbase
