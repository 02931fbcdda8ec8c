#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/storage/storage.h"
#include "tests/support/seed.h"

namespace laterbase::test {

// A directory of its own that goes with it. In memory, where there is such a place, for tests that would spend their
// time waiting for a disk that they don't test.
class TemporaryDirectory {
 public:
  enum Place { on_disk, in_memory };

  explicit TemporaryDirectory(Place place = on_disk) {
    const bool memory = place == in_memory && has_room_in_memory();
    const std::filesystem::path above = memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string name = (above / "laterbase-storage-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  // Containers often have 64 MB of it.
  static bool has_room_in_memory() {
    std::error_code none;
    const auto space = std::filesystem::space("/dev/shm", none);
    return !none && space.available > 512'000'000;
  }

  std::string path_;
};

inline std::string random_bytes(Random& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// The failure that `work` throws; the test fails where it throws none.
template <typename Work>
Failure failure_of(Work&& work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure;
  }
  FAIL("no Failure was thrown");
  throw;  // not reached
}

}  // namespace laterbase::test
