#include "sync/lineage.h"

#include <algorithm>

namespace laterbase::sync {

Head place_of(Snapshot& now, const Ulid& node, Lc lc) { return {node, now.epoch(), lc, now.chain_at(lc).value()}; }

Head head_of(Snapshot& now, const Ulid& node) { return place_of(now, node, now.head()); }

Standing stand(Snapshot& now, const Head& cursor) {
  if (cursor.lc == 0) return {0, false};
  if (cursor.epoch == now.epoch()) {
    const bool is_here = now.chain_at(cursor.lc) == cursor.chain;
    return is_here ? Standing{cursor.lc, false} : Standing{std::nullopt, true};
  }
  for (const OwnEpoch& epoch : now.epochs()) {
    if (epoch.epoch != cursor.epoch) continue;
    if (cursor.lc <= epoch.last && now.chain_at(cursor.lc) == cursor.chain) return {cursor.lc, false};
  }
  return {};
}

bool is_here(Snapshot& now, const Ulid& node, const Head& place) {
  return place.node == node && now.chain_at(place.lc) == place.chain;
}

bool goes_on(const Head& before, const Head& now) noexcept {
  return before.node == now.node && before.epoch == now.epoch && before.lc <= now.lc;
}

bool has_outlived(Snapshot& now, const Ulid& node, const Message& said) {
  const std::optional<Head> held = said.delta ? said.delta->held : std::nullopt;
  for (const auto& place : {said.cursor, said.from, said.next, held})
    if (place && place->node == node && stand(now, *place).outlived) return true;
  const auto is_beyond = [&](const Ulid& epoch, std::uint64_t sequence) {
    return epoch == now.epoch() && sequence > now.sequence();
  };
  for (const WireEvent& event : said.events)
    if (event.origin && is_beyond(event.origin->epoch, event.origin->sequence)) return true;
  return std::any_of(said.seen.begin(), said.seen.end(),
                     [&](const Seen& seen) { return is_beyond(seen.epoch, seen.sequence); });
}

}  // namespace laterbase::sync
