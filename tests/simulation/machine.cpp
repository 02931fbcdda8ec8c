#include "tests/simulation/machine.h"

#include "engine/events/tables.h"
#include "engine/storage/memory_storage.h"

namespace laterbase::simulation {
namespace {

const std::string directory = "/root";
constexpr std::uint64_t plenty = std::uint64_t{1} << 40;

// Takes no more commits while the disk is full; reads go on.
class FullStorage final : public Storage {
 public:
  FullStorage(std::unique_ptr<Storage> inner, std::shared_ptr<const bool> full)
      : inner_(std::move(inner)), full_(std::move(full)) {}
  std::unique_ptr<ReadTxn> read() override { return inner_->read(); }
  void update(const Change& change) override {
    inner_->update([&](WriteTxn& txn) {
      change(txn);
      if (*full_) throw Failure(FailureCode::disk_full, "no space left on device");
    });
  }
  void backup(const Sink& sink) override { inner_->backup(sink); }
  StorageStats stats() override { return inner_->stats(); }

 private:
  std::unique_ptr<Storage> inner_;
  std::shared_ptr<const bool> full_;
};

TableId table_id(std::size_t table) { return TableId{static_cast<std::uint8_t>(table)}; }

}  // namespace

Machine::Machine(Ulid node, std::uint64_t seed)
    : node_(node),
      identity_{seed, 1},
      random_(seed),
      full_(std::make_shared<bool>(false)),
      faults_(std::make_shared<FaultPlan>()) {
  build();
}

void Machine::build() {
  files_ = make_memory_disk();
  files_->make_directories(directory);
  files_->sync_directory("/");
  auto tables = open_memory_storage(tree_tables().size());
  tables_ = tables.get();
  storage_ = with_faults(std::make_unique<FullStorage>(std::move(tables), full_), *faults_, random_());
  disk_ = with_faults(*files_, *faults_, random_());
  if (*full_) fill();
}

LogPlace Machine::place() { return {storage_.get(), disk_.get(), directory, node_, identity_, boot_}; }

void Machine::lose_power(Random& random) {
  files_->crash(random);
  ++boot_;
}

DiskCopy Machine::copy() {
  DiskCopy copy;
  const auto txn = tables_->read();
  for (std::size_t table = 0; table < tree_tables().size(); ++table) {
    DiskCopy::Table& rows = copy.tables.emplace_back();
    const auto cursor = txn->cursor(table_id(table));
    for (bool on = cursor->first(); on; on = cursor->next()) rows.emplace_back(cursor->key(), cursor->value());
  }
  for (const std::string& name : files_->list(directory)) {
    const std::string path = directory + "/" + name;
    const auto file = files_->open(path, false);
    std::string bytes(file->size(), '\0');
    file->read_at(0, bytes.data(), bytes.size());
    copy.files.emplace_back(path, std::move(bytes));
  }
  copy.node = node_;
  copy.identity = identity_;
  return copy;
}

void Machine::restore(const DiskCopy& copy) {
  build();
  make_room();
  tables_->update([&](WriteTxn& txn) {
    for (std::size_t table = 0; table < copy.tables.size(); ++table)
      for (const auto& [key, value] : copy.tables[table]) txn.append(table_id(table), key, value);
  });
  for (const auto& [path, bytes] : copy.files) {
    const auto file = files_->open(path, true);
    file->write_at(0, bytes);
    file->sync();
  }
  files_->sync_directory(directory);
  node_ = copy.node;
  identity_ = copy.identity;
  ++boot_;
}

void Machine::wipe(Ulid node) {
  build();
  make_room();
  node_ = node;
  identity_ = {random_(), random_()};
  ++boot_;
}

void Machine::fill() noexcept {
  *full_ = true;
  files_->set_free_bytes(random_.below(3'000));
}

void Machine::make_room() noexcept {
  *full_ = false;
  files_->set_free_bytes(plenty);
}

}  // namespace laterbase::simulation
