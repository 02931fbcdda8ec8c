#include "sync/root_replica.h"

#include "engine/base/log.h"
#include "engine/events/tables.h"

namespace laterbase::sync {
namespace {

// So many positions of the log may have to be read again at the next start.
constexpr Lc checkpoint_every = 100'000;
// No snapshot lives longer than it takes to read so many entries.
constexpr std::uint64_t catch_up_at_once = 100'000;

constexpr Index::Tables index_tables{kBlocksTable, kSyncTable};

}  // namespace

AppendResult RootReplica::merge(Batch batch) {
  AppendResult merged = root_->merge(std::move(batch));
  if (merged) merged_.fetch_add(merged->stored + merged->aside, std::memory_order_relaxed);
  return merged;
}

void RootReplica::remember(const std::string& key, std::string value) {
  if (const auto kept = root_->remember(key, std::move(value)); !kept)
    log::warn("a note of sync could not be kept", {{"db", name()}, {"reason", kept.error().detail}});
}

Snapshot RootReplica::with_index(const IndexWork& work) {
  const std::lock_guard lock(index_mutex_);
  if (!index_) open_index();
  for (;;) {
    Snapshot now = root_->snapshot();
    if (!index_->catch_up(now, catch_up_at_once)) continue;
    work(*index_, now);
    if (now.head() >= checkpointed_ + checkpoint_every) save(now);
    return now;
  }
}

void RootReplica::open_index() {
  index_.emplace();
  Snapshot now = root_->snapshot();
  bool loaded = false;
  root_->read_tables([&](ReadTxn& txn) { loaded = index_->load(txn, index_tables, now); });
  checkpointed_ = loaded ? index_->lc() : 0;
}

void RootReplica::save(Snapshot& now) {
  const auto chain = now.chain_at(index_->lc());
  if (!chain) return;
  const auto write = [&](WriteTxn& txn) { index_->save(txn, index_tables, *chain); };
  if (root_->checkpoint(index_->lc(), write)) index_->saved();
  checkpointed_ = index_->lc();
}

void RootReplica::checkpoint() noexcept {
  const std::lock_guard lock(index_mutex_);
  if (!index_ || index_->lc() == checkpointed_) return;
  try {
    Snapshot now = root_->snapshot();
    save(now);
  } catch (const std::exception& trouble) {
    log::debug("the sync index was not written down; it is built again when it is needed",
               {{"db", name()}, {"reason", trouble.what()}});
  }
}

}  // namespace laterbase::sync
