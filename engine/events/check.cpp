#include "engine/events/check.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/events/entry.h"
#include "engine/events/tree.h"

namespace laterbase {
namespace {

constexpr Lc kAskEvery = 4096;

[[noreturn]] void damaged(const std::string& what) { throw Failure(FailureCode::damaged, what); }

// Sum over the log of what the table of keys must hold.
std::uint64_t check_log(ReadTxn& txn, const TreeState& state, CheckReport& report,
                        const std::function<bool(std::uint64_t)>& go_on) {
  std::uint64_t key_sum = 0;
  Hash128 chain;
  const auto cursor = txn.cursor(kLogTable);
  Lc lc = 0;
  for (bool on = cursor->first(); on; on = cursor->next()) {
    if (cursor->key() != LcKey(++lc).view()) damaged(fmt::format("the log has no position {}", lc));
    const auto entry = decode_entry(cursor->value(), lc);
    if (!entry) throw_damaged_event(lc);
    chain = next_chain(chain, entry->key, hash128(entry->value));
    if (chain != entry_chain(cursor->value().data()))
      damaged(fmt::format("the running hash breaks at position {}", lc));
    key_sum += key_hash(entry->key, lc);
    report.bytes += entry->value.size();
    if (lc % kAskEvery == 0 && !go_on(lc)) break;
  }
  report.events = lc;
  if (go_on(lc) && (lc != state.lc || chain != state.chain)) damaged(fmt::format("the log ends at position {}", lc));
  return key_sum;
}

std::uint64_t sum_keys(ReadTxn& txn) {
  std::uint64_t key_sum = 0;
  const auto cursor = txn.cursor(kEventsTable);
  for (bool on = cursor->first(); on; on = cursor->next()) {
    if (cursor->key().size() != Ulid::kBytes || cursor->value().size() != sizeof(Lc))
      damaged("the table of keys holds something that is no key");
    key_sum += key_hash(Ulid::load(cursor->key().data()), load_le<Lc>(cursor->value().data()));
  }
  return key_sum;
}

}  // namespace

CheckReport check_tree(ReadTxn& txn, const std::function<bool(std::uint64_t lc)>& go_on) {
  CheckReport report;
  const auto state = read_state(txn);
  if (!state) return report;
  const std::uint64_t key_sum = check_log(txn, *state, report, go_on);
  if (!go_on(report.events)) return report;
  if (key_sum != state->key_sum || sum_keys(txn) != state->key_sum)
    damaged("the table of keys is not what the log says");
  read_origins(txn);
  return report;
}

}  // namespace laterbase
