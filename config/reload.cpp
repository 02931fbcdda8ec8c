#include "config/load.h"
#include "config/slot.h"

namespace laterbase::config {
namespace {

// Takes over the new value where it differs. Returns whether it does.
bool differs(const Setting& ours, const Setting& theirs, bool take) {
  const auto compare = [&](const auto& slot) {
    auto& value = target(slot);
    const auto& fresh = target(std::get<std::decay_t<decltype(slot)>>(theirs.slot));
    const bool different = !(value == fresh);
    if (different && take) value = fresh;
    return different;
  };
  return std::visit(compare, ours.slot);
}

}  // namespace

Reload reload(const Settings& running, const Settings& fresh) {
  Reload result{running, {}, {}};
  Settings copy = fresh;
  const auto ours = table(result.settings), theirs = table(copy);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const bool now = ours[i].when == When::reload;
    if (!differs(ours[i], theirs[i], now)) continue;
    (now ? result.changed : result.need_restart).emplace_back(ours[i].name);
  }
  return result;
}

}  // namespace laterbase::config
