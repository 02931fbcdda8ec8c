#include "engine/events/check.h"

#include <fmt/format.h>

#include <set>

#include "engine/base/error.h"
#include "engine/events/entry.h"
#include "engine/events/notes.h"
#include "engine/events/tree.h"

namespace laterbase {
namespace {

constexpr Lc kAskEvery = 4096;

[[noreturn]] void damaged(const std::string& what) { throw Failure(FailureCode::damaged, what); }

std::uint64_t aside_hash(const AsidePlace& place) noexcept { return hash64(AsideKey(place).view()); }

// What the log says that the other tables must hold: sums of hashes, and what waited when it came.
struct Expected {
  std::uint64_t keys = 0;
  std::uint64_t losers = 0;
  std::set<AsidePlace> waiting;
  std::size_t lives = 0;
};

void expect_entry(const Entry& entry, Expected& expected) {
  if (entry.origin >= expected.lives)
    damaged(fmt::format("position {} names origin {} of {}", entry.lc, entry.origin, expected.lives));
  if (entry.aside && entry.waiting) {
    expected.waiting.insert({entry.key, entry.lc});
  } else if (entry.aside) {
    expected.losers += aside_hash({entry.key, entry.lc});
  } else {
    expected.keys += key_hash(entry.key, entry.lc);
  }
  if (entry.replaces == 0) return;
  if (entry.replaces >= entry.lc) damaged(fmt::format("position {} replaces a later one", entry.lc));
  expected.keys -= key_hash(entry.key, entry.replaces);
  expected.losers += aside_hash({entry.key, entry.replaces});
}

void check_log(ReadTxn& txn, const TreeState& state, CheckReport& report, Expected& expected,
               const std::function<bool(std::uint64_t)>& go_on) {
  Hash128 chain;
  const auto cursor = txn.cursor(kLogTable);
  Lc lc = 0;
  for (bool on = cursor->first(); on; on = cursor->next()) {
    if (cursor->key() != LcKey(++lc).view()) damaged(fmt::format("the log has no position {}", lc));
    const auto entry = decode_entry(cursor->value(), lc);
    if (!entry) throw_damaged_event(lc);
    chain = next_chain(chain, *entry, hash128(entry->value));
    if (chain != entry_chain(cursor->value().data()))
      damaged(fmt::format("the running hash breaks at position {}", lc));
    expect_entry(*entry, expected);
    report.bytes += entry->value.size();
    if (lc % kAskEvery == 0 && !go_on(lc)) break;
  }
  report.events = lc;
  if (go_on(lc) && (lc != state.lc || chain != state.chain)) damaged(fmt::format("the log ends at position {}", lc));
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

// Every loser is listed, and nothing that never was one. What waited is listed until the map or the losers have it.
void check_asides(ReadTxn& txn, Expected& expected) {
  std::uint64_t losers = 0;
  const auto cursor = txn.cursor(kAsideTable);
  for (bool on = cursor->first(); on; on = cursor->next()) {
    const auto aside = read_aside(cursor->key(), cursor->value());
    if (aside.reason == AsideReason::lost)
      losers += aside_hash(aside.place);
    else if (expected.waiting.erase(aside.place) == 0)
      damaged(fmt::format("position {} is listed as waiting, and never did", aside.place.lc));
  }
  if (losers != expected.losers) damaged("the table of what stands aside is not what the log says");
  for (const AsidePlace& place : expected.waiting)
    if (!find_in_tree(txn, place.key)) damaged(fmt::format("position {} waited, and is nowhere", place.lc));
}

}  // namespace

CheckReport check_tree(ReadTxn& txn, const std::function<bool(std::uint64_t lc)>& go_on) {
  CheckReport report;
  const auto state = read_state(txn);
  if (!state) return report;
  Expected expected;
  expected.lives = read_lives(txn).size();
  check_log(txn, *state, report, expected, go_on);
  if (!go_on(report.events)) return report;
  if (expected.keys != state->key_sum || sum_keys(txn) != state->key_sum)
    damaged("the table of keys is not what the log says");
  check_asides(txn, expected);
  Notes().load(txn);
  return report;
}

}  // namespace laterbase
