#pragma once

#include <cstdint>
#include <memory>
#include <string>

// LMDB by itself, doing the least that keeping events asks for: position → (key, value) and key → position, 1,000
// events a transaction, default flags, one thread. Throws std::runtime_error.
namespace laterbase::bench {

class LmdbBaseline {
 public:
  // In a directory that exists and is empty.
  explicit LmdbBaseline(const std::string& directory);
  ~LmdbBaseline();

  // Batches of 1,000 events of 100 bytes, for so many seconds or until there are most_events; keys ascend, or are in
  // random order over most_events. Returns events a second.
  double put(bool random_keys, std::uint64_t most_events, double seconds);

  // All events in the order of positions, key and value looked at. Returns events a second.
  double scan() const;

 private:
  struct Environment;
  std::unique_ptr<Environment> environment_;
};

}  // namespace laterbase::bench
