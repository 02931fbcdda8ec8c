#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>

#include "engine/base/log.h"
#include "engine/base/workers.h"
#include "engine/events/check.h"
#include "engine/events/data_directory.h"
#include "engine/events/roots.h"
#include "engine/events/stored_root.h"
#include "engine/storage/lmdb_storage.h"

namespace laterbase {
namespace {

constexpr std::size_t kMaxThreads = 64;

// Environments and connections need far more descriptors than the soft limit that shells set.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // what can be had is enough or an environment says so when it is opened
}

class StoredRoots final : public Roots {
 public:
  StoredRoots(const std::string& directory, const RootsOptions& options, Clock& clock)
      : clock_(clock), directory_(directory, clock), options_(options), seeds_(random_seed()), workers_(kMaxThreads) {
    raise_descriptor_limit();
  }
  ~StoredRoots() override { close(); }

  Ulid node() const noexcept override { return directory_.node(); }
  std::vector<std::string> names() override { return directory_.names(); }
  Result<std::shared_ptr<Root>> find(std::string_view name) override;
  bool answers_at_once(std::string_view name) override;
  Result<Created> create(std::string_view name) override;
  Result<void> drop(std::string_view name) override;
  bool was_dropped(std::string_view name) override {
    return valid_root_name(name) && directory_.was_dropped(std::string(name));
  }
  void set_options(const RootsOptions& options) override {
    const std::lock_guard lock(mutex_);
    options_ = options;
  }
  void tidy() override;
  std::vector<std::shared_ptr<Root>> open_roots() override;
  void close() override;

 private:
  // A root that is open, or on its way in or out; then `root` is empty and others wait for changed_.
  struct Slot {
    std::shared_ptr<StoredRoot> root;
    std::int64_t used_us = 0;
  };
  using Lock = std::unique_lock<std::mutex>;

  Slot* settled(Lock& lock, const std::string& name);
  std::shared_ptr<Root> open_in_slot(Lock& lock, const std::string& name, const std::function<void()>& before);
  bool make_place(Lock& lock);
  void close_slot(Lock& lock, const std::string& name);
  std::shared_ptr<StoredRoot> open_root(const std::string& name, const RootOptions& options);
  void make_root(const std::string& name, const RootOptions& options);
  std::optional<std::string> least_used(std::int64_t idle_since_us);
  void close_idle();
  void scrub_one();
  void take_due();

  Clock& clock_;
  DataDirectory directory_;
  std::mutex mutex_;
  std::condition_variable changed_;
  RootsOptions options_;
  Random seeds_;
  std::map<std::string, Slot, std::less<>> slots_;
  bool tidying_ = false;
  std::string scrubbed_;  // the name whose turn it was last
  Workers workers_;       // last: its jobs hold roots
};

// The slot once nobody is opening or closing it; none where the root is not open.
StoredRoots::Slot* StoredRoots::settled(Lock& lock, const std::string& name) {
  for (;;) {
    const auto slot = slots_.find(name);
    if (slot == slots_.end()) return nullptr;
    if (slot->second.root) return &slot->second;
    changed_.wait(lock);
  }
}

Result<std::shared_ptr<Root>> StoredRoots::find(std::string_view wanted) {
  Lock lock(mutex_);
  if (const auto found = slots_.find(wanted); found != slots_.end() && found->second.root) {
    found->second.used_us = clock_.monotonic_us();
    return std::shared_ptr<Root>(found->second.root);
  }
  const std::string name{wanted};
  if (Slot* slot = settled(lock, name)) return std::shared_ptr<Root>(slot->root);
  if (!valid_root_name(name) || !directory_.has(name))
    return Error{ErrorCode::not_found, fmt::format("there is no database \"{}\" on this node", name)};
  if (!make_place(lock))
    return Error{ErrorCode::unavailable,
                 fmt::format("{} databases are in use, and no more may be open at once", options_.max_open)};
  if (Slot* slot = settled(lock, name)) return std::shared_ptr<Root>(slot->root);
  return open_in_slot(lock, name, [] {});
}

bool StoredRoots::answers_at_once(std::string_view wanted) {
  {
    const Lock lock(mutex_);
    const auto slot = slots_.find(wanted);
    if (slot != slots_.end()) return slot->second.root != nullptr;
  }
  return !valid_root_name(wanted) || !directory_.has(std::string(wanted));
}

Result<Roots::Created> StoredRoots::create(std::string_view wanted) {
  const std::string name{wanted};
  if (!valid_root_name(name))
    return Error{ErrorCode::invalid,
                 fmt::format("\"{}\" can't be a database's name: a small letter, then up to 62 small letters, digits, "
                             "_ or -, and none of db, health, metrics, openapi.json, peers, ui",
                             name)};
  Lock lock(mutex_);
  if (Slot* slot = settled(lock, name)) return Created{slot->root, false};
  if (!make_place(lock))
    return Error{ErrorCode::unavailable,
                 fmt::format("{} databases are in use, and no more may be open at once", options_.max_open)};
  if (Slot* slot = settled(lock, name)) return Created{slot->root, false};
  const bool is_new = !directory_.has(name);
  const auto make = [&] {
    if (is_new) make_root(name, options_.root);
  };
  return Created{open_in_slot(lock, name, make), is_new};
}

// Room for one more open root; false where all are held.
bool StoredRoots::make_place(Lock& lock) {
  while (slots_.size() >= options_.max_open) {
    const auto name = least_used(clock_.monotonic_us());
    if (!name) return false;
    close_slot(lock, *name);
  }
  return true;
}

std::optional<std::string> StoredRoots::least_used(std::int64_t idle_since_us) {
  const std::string* best = nullptr;
  std::int64_t best_us = idle_since_us;
  for (const auto& [name, slot] : slots_) {
    const bool free = slot.root && slot.root.use_count() == 1;
    if (!free || slot.used_us > best_us) continue;
    best = &name;
    best_us = slot.used_us;
  }
  return best ? std::optional(*best) : std::nullopt;
}

std::shared_ptr<Root> StoredRoots::open_in_slot(Lock& lock, const std::string& name,
                                                const std::function<void()>& before) {
  slots_.emplace(name, Slot{});
  const RootOptions options = options_.root;
  std::shared_ptr<StoredRoot> root;
  lock.unlock();
  try {
    before();
    root = open_root(name, options);
  } catch (...) {
    lock.lock();
    slots_.erase(name);
    changed_.notify_all();
    throw;
  }
  lock.lock();
  slots_[name] = {root, clock_.monotonic_us()};
  changed_.notify_all();
  return root;
}

// Closes a root that nobody holds.
void StoredRoots::close_slot(Lock& lock, const std::string& name) {
  auto root = std::move(slots_[name].root);
  lock.unlock();
  bool clean = false;
  try {
    root->close();
    clean = true;
  } catch (const Failure& failure) {
    log::error("a database could not be closed cleanly; its write-ahead file stays",
               {{"db", name}, {"reason", failure.what()}});
  }
  root.reset();
  if (clean) directory_.mark_clean(name);
  lock.lock();
  slots_.erase(name);
  changed_.notify_all();
}

void StoredRoots::make_root(const std::string& name, const RootOptions& options) {
  const std::string path = directory_.make_new(name);
  LmdbOptions lmdb;
  lmdb.map_bytes = options.map_bytes;
  lmdb.max_map_bytes = options.max_map_bytes;
  {
    const auto storage = open_lmdb_storage(path, tree_tables(), lmdb);
    LogPlace place{storage.get(), &real_disk(), path, node(), file_identity(path + "/data.mdb"), boot_id()};
    Log(place, {}, clock_, random_seed()).finish();
  }
  directory_.adopt(name);
  directory_.mark_clean(name);
}

std::shared_ptr<StoredRoot> StoredRoots::open_root(const std::string& name, const RootOptions& options) {
  const std::string path = directory_.root_path(name);
  const bool clean = directory_.take_clean_mark(name);
  const auto in_words = [&](const Failure& failure) {
    return Failure(failure.code(), fmt::format("database \"{}\": {}", name, failure.what()));
  };
  try {
    RootParts parts;
    parts.name = name;
    parts.options = options;
    parts.seed = random_seed();
    LmdbOptions lmdb;
    lmdb.map_bytes = options.map_bytes;
    lmdb.max_map_bytes = options.max_map_bytes;
    lmdb.must_exist = true;
    if (!clean) lmdb.check_bytes = UINT64_MAX;
    parts.storage = open_lmdb_storage(path, tree_tables(), lmdb);
    if (!clean) check_tree(*parts.storage->read(), [](Lc) { return true; });
    parts.place = {nullptr, &real_disk(), path, node(), file_identity(path + "/data.mdb"), boot_id()};
    auto root = std::make_shared<StoredRoot>(std::move(parts), workers_, clock_);
    if (root->recovered()) log::info("recovered after an unclean stop", {{"db", name}, {"lc", root->head()}});
    return root;
  } catch (const Failure& failure) {
    throw in_words(failure);
  }
}

Result<void> StoredRoots::drop(std::string_view wanted) {
  const std::string name{wanted};
  Lock lock(mutex_);
  Slot* slot = settled(lock, name);
  if (!slot && (!valid_root_name(name) || !directory_.has(name)))
    return Error{ErrorCode::not_found, fmt::format("there is no database \"{}\" on this node", name)};
  std::shared_ptr<StoredRoot> root = slot ? std::move(slot->root) : nullptr;
  slots_[name].root.reset();
  lock.unlock();
  if (root) root->abandon();
  directory_.trash(name);
  root.reset();
  lock.lock();
  slots_.erase(name);
  changed_.notify_all();
  return {};
}

void StoredRoots::tidy() {
  const std::lock_guard lock(mutex_);
  if (tidying_ || slots_.empty()) return;
  tidying_ = true;
  workers_.run([this] {
    scrub_one();
    take_due();
    close_idle();
  });
}

// The open roots take turns, by name.
void StoredRoots::scrub_one() {
  Lock lock(mutex_);
  auto slot = slots_.upper_bound(scrubbed_);
  if (slot == slots_.end()) slot = slots_.begin();
  if (slot == slots_.end() || !slot->second.root) return;
  scrubbed_ = slot->first;
  const auto root = slot->second.root;
  lock.unlock();
  try {
    root->scrub();
  } catch (const Failure& failure) {
    log::error("a scrub could not read", {{"db", scrubbed_}, {"reason", failure.what()}});
  }
}

void StoredRoots::take_due() {
  std::vector<std::shared_ptr<StoredRoot>> open;
  {
    const Lock lock(mutex_);
    for (const auto& [name, slot] : slots_)
      if (slot.root) open.push_back(slot.root);
  }
  for (const auto& root : open) {
    try {
      root->take_due();
    } catch (const Failure& failure) {
      log::error("events that are due could not be taken in", {{"db", root->name()}, {"reason", failure.what()}});
    }
  }
}

void StoredRoots::close_idle() {
  Lock lock(mutex_);
  const std::int64_t idle_since_us = clock_.monotonic_us() - options_.idle_close_ms * 1'000;
  while (const auto name = least_used(idle_since_us)) close_slot(lock, *name);
  tidying_ = false;
}

std::vector<std::shared_ptr<Root>> StoredRoots::open_roots() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Root>> found;
  for (const auto& [name, slot] : slots_)
    if (slot.root) found.push_back(slot.root);
  return found;
}

void StoredRoots::close() {
  Lock lock(mutex_);
  while (!slots_.empty()) {
    const std::string name = slots_.begin()->first;
    if (settled(lock, name)) close_slot(lock, name);
  }
}

}  // namespace

std::unique_ptr<Roots> open_roots(const std::string& directory, const RootsOptions& options, Clock& clock) {
  return std::make_unique<StoredRoots>(directory, options, clock);
}

}  // namespace laterbase
