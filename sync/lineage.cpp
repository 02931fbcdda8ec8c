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
    if (cursor.lc > epoch.last) return {epoch.last, false};
    if (now.chain_at(cursor.lc) == cursor.chain) return {cursor.lc, false};
  }
  return {};
}

}  // namespace laterbase::sync
