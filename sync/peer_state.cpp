#include "sync/peer_state.h"

#include <array>

namespace laterbase::sync {

std::string_view name_of(LinkPhase phase) noexcept {
  constexpr std::array<std::string_view, 5> names{"waiting", "syncing", "level", "behind", "failing"};
  return names[static_cast<std::size_t>(phase)];
}

}  // namespace laterbase::sync
