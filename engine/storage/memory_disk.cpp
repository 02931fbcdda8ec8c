#include "engine/storage/memory_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <optional>

#include "engine/base/error.h"
#include "engine/storage/memory_file_body.h"
#include "engine/storage/memory_names.h"

namespace laterbase {
namespace {

struct State {
  std::mutex mutex;
  MemoryNames names;
  std::uint64_t lives = 1;                // grows with each loss of power
  std::optional<std::uint64_t> capacity;  // of all files together

  std::uint64_t room() const {
    if (!capacity) return std::numeric_limits<std::uint64_t>::max() / 2;
    const std::uint64_t used = names.bytes();
    return *capacity > used ? *capacity - used : 0;
  }
};

class MemoryFile : public File {
 public:
  MemoryFile(State& state, std::string path, std::shared_ptr<MemoryFileBody> body)
      : state_(state), path_(std::move(path)), body_(std::move(body)), life_(state.lives) {}

  std::uint64_t size() override {
    const std::lock_guard lock(state_.mutex);
    require_power();
    return body_->now().size();
  }

  void write_at(std::uint64_t offset, BytesView bytes) override {
    const std::lock_guard lock(state_.mutex);
    require_power();
    const std::uint64_t size = body_->now().size();
    const std::uint64_t limit = std::max(size, size + state_.room());
    const bool fits = offset + bytes.size() <= limit;
    // As a real disk does, it writes what fits.
    if (!fits) bytes = bytes.substr(0, limit > offset ? limit - offset : 0);
    if (!bytes.empty()) body_->write(offset, bytes);
    if (!fits) throw Failure(FailureCode::disk_full, path_ + " could not be written: no space left on device");
  }

  std::size_t read_at(std::uint64_t offset, char* to, std::size_t wanted) override {
    const std::lock_guard lock(state_.mutex);
    require_power();
    const std::string& bytes = body_->now();
    if (offset >= bytes.size()) return 0;
    return bytes.copy(to, wanted, offset);
  }

  void sync() override {
    const std::lock_guard lock(state_.mutex);
    require_power();
    body_->sync();
  }

  void truncate(std::uint64_t size) override {
    const std::lock_guard lock(state_.mutex);
    require_power();
    const std::uint64_t before = body_->now().size();
    if (size > before && size - before > state_.room())
      throw Failure(FailureCode::disk_full, path_ + " could not be extended: no space left on device");
    body_->truncate(size);
  }

 private:
  void require_power() const {
    if (life_ != state_.lives) throw Failure(FailureCode::closed, path_ + " was open when the power was lost");
  }

  State& state_;
  std::string path_;
  std::shared_ptr<MemoryFileBody> body_;
  std::uint64_t life_;
};

class MemoryDiskImpl : public MemoryDisk {
 public:
  std::unique_ptr<File> open(const std::string& path, bool create) override {
    const std::lock_guard lock(state_.mutex);
    auto body = state_.names.find(path);
    if (body == nullptr && create) body = state_.names.create(path);
    if (body == nullptr) throw Failure(FailureCode::io, path + " could not be opened: no such file");
    return std::make_unique<MemoryFile>(state_, path, std::move(body));
  }

  bool exists(const std::string& path) override {
    const std::lock_guard lock(state_.mutex);
    return state_.names.exists(path);
  }

  void rename(const std::string& from, const std::string& to) override {
    const std::lock_guard lock(state_.mutex);
    state_.names.rename(from, to);
  }

  void remove(const std::string& path) override {
    const std::lock_guard lock(state_.mutex);
    state_.names.remove(path);
  }

  void make_directories(const std::string& path) override {
    const std::lock_guard lock(state_.mutex);
    state_.names.make_directories(path);
  }

  void sync_directory(const std::string& path) override {
    const std::lock_guard lock(state_.mutex);
    state_.names.sync(path);
  }

  std::vector<std::string> list(const std::string& directory) override {
    const std::lock_guard lock(state_.mutex);
    return state_.names.list(directory);
  }

  std::uint64_t free_bytes(const std::string& /*path*/) override {
    const std::lock_guard lock(state_.mutex);
    return state_.room();
  }

  void crash(Random& random) override {
    const std::lock_guard lock(state_.mutex);
    ++state_.lives;
    state_.names.crash(random);
  }

  void set_free_bytes(std::uint64_t bytes) override {
    const std::lock_guard lock(state_.mutex);
    state_.capacity = state_.names.bytes() + bytes;
  }

 private:
  State state_;
};

}  // namespace

std::unique_ptr<MemoryDisk> make_memory_disk() { return std::make_unique<MemoryDiskImpl>(); }

}  // namespace laterbase
