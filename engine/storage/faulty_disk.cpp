#include <mutex>
#include <utility>

#include "engine/base/random.h"
#include "engine/storage/faults.h"

namespace laterbase {
namespace {

// Shared by all files of a disk.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t bound) {
    const std::lock_guard lock(mutex_);
    return random_.below(bound);
  }

 private:
  std::mutex mutex_;
  Random random_;
};

class FaultyFile : public File {
 public:
  FaultyFile(std::unique_ptr<File> inner, FaultPlan& plan, Dice& dice)
      : inner_(std::move(inner)), plan_(plan), dice_(dice) {}

  std::uint64_t size() override {
    plan_.step("looking at a file");
    return inner_->size();
  }

  // One that fails has written some of it: nothing, all, or a beginning.
  void write_at(std::uint64_t offset, BytesView bytes) override {
    try {
      plan_.step("writing");
    } catch (const Failure&) {
      inner_->write_at(offset, bytes.substr(0, dice_.below(bytes.size() + 1)));
      throw;
    }
    inner_->write_at(offset, bytes);
  }

  std::size_t read_at(std::uint64_t offset, char* to, std::size_t wanted) override {
    plan_.step("reading");
    return inner_->read_at(offset, to, wanted);
  }

  // One that fails may have made all durable, or nothing.
  void sync() override {
    failing("syncing", [this] { inner_->sync(); });
  }
  void truncate(std::uint64_t size) override {
    failing("cutting", [this, size] { inner_->truncate(size); });
  }

 private:
  template <typename Work>
  void failing(const char* operation, const Work& work) {
    try {
      plan_.step(operation);
    } catch (const Failure&) {
      if (dice_.below(2) == 0) work();
      throw;
    }
    work();
  }

  std::unique_ptr<File> inner_;
  FaultPlan& plan_;
  Dice& dice_;
};

class FaultyDisk : public Disk {
 public:
  FaultyDisk(Disk& inner, FaultPlan& plan, std::uint64_t seed) : inner_(inner), plan_(plan), dice_(seed) {}

  std::unique_ptr<File> open(const std::string& path, bool create) override {
    plan_.step("opening");
    return std::make_unique<FaultyFile>(inner_.open(path, create), plan_, dice_);
  }
  bool exists(const std::string& path) override {
    plan_.step("looking for a file");
    return inner_.exists(path);
  }
  void rename(const std::string& from, const std::string& to) override {
    failing("renaming", [&] { inner_.rename(from, to); });
  }
  void remove(const std::string& path) override {
    failing("removing", [&] { inner_.remove(path); });
  }
  void make_directories(const std::string& path) override {
    failing("making a directory", [&] { inner_.make_directories(path); });
  }
  void sync_directory(const std::string& path) override {
    failing("syncing a directory", [&] { inner_.sync_directory(path); });
  }
  std::vector<std::string> list(const std::string& directory) override {
    plan_.step("listing");
    return inner_.list(directory);
  }
  std::uint64_t free_bytes(const std::string& path) override {
    plan_.step("asking for room");
    return inner_.free_bytes(path);
  }

 private:
  template <typename Work>
  void failing(const char* operation, const Work& work) {
    try {
      plan_.step(operation);
    } catch (const Failure&) {
      if (dice_.below(2) == 0) work();
      throw;
    }
    work();
  }

  Disk& inner_;
  FaultPlan& plan_;
  Dice dice_;
};

}  // namespace

std::unique_ptr<Disk> with_faults(Disk& inner, FaultPlan& plan, std::uint64_t seed) {
  return std::make_unique<FaultyDisk>(inner, plan, seed);
}

}  // namespace laterbase
