#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/storage/memory_file_body.h"

namespace laterbase {

// The names of the disk in memory: as they are now, as the last syncs of their directories left them, and what was done
// since. Threads: one at a time. Errors: Failure{io}, where a real disk would have one.
class MemoryNames {
 public:
  using Body = std::shared_ptr<MemoryFileBody>;

  Body find(const std::string& path) const;  // nothing where there is no such file
  bool exists(const std::string& path) const;
  Body create(const std::string& path);
  void rename(const std::string& from, const std::string& to);
  void remove(const std::string& path);
  void make_directories(const std::string& path);
  std::vector<std::string> list(const std::string& directory) const;
  void sync(const std::string& directory);
  std::uint64_t bytes() const;  // of all files

  // Of what was not synced, each step happened or not, save that it can't have happened without those that it built
  // upon. The files that are left lose power too.
  void crash(Random& random);

 private:
  using Names = std::map<std::string, Body>;  // a directory has no body

  enum class Kind { set, move, remove };
  struct Step {
    Kind kind;
    std::string name;
    std::string to;  // of a move
    Body body;       // of a set
    bool concerns(const std::set<std::string>& names) const;
  };

  void take(Step step);
  static void apply(const Step& step, Names& names);
  void require_parent(const std::string& path) const;

  Names now_;
  Names durable_;
  std::vector<Step> since_;
};

}  // namespace laterbase
