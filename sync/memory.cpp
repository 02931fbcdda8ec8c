#include "sync/memory.h"

#include <algorithm>

namespace laterbase::sync {
namespace {

constexpr std::size_t kept_epochs = 4;
constexpr std::size_t most_origins = 2'048;

// c NODE EPOCH -> stamp u64, lc u64, chain 16, window 32
struct KeptCursor {
  Head head;
  Window window;
  std::uint64_t stamp = 0;  // greater: kept later
};

void append_ulid(std::string& to, const Ulid& ulid) {
  char bytes[Ulid::kBytes];
  ulid.store(bytes);
  to.append(bytes, sizeof bytes);
}

std::string key_of(char kind, const Ulid& first) {
  std::string key(1, kind);
  append_ulid(key, first);
  return key;
}

std::string key_of(char kind, const Ulid& first, const Ulid& second) {
  std::string key = key_of(kind, first);
  append_ulid(key, second);
  return key;
}

std::string encode(const KeptCursor& kept) {
  std::string bytes;
  append_le(bytes, kept.stamp);
  append_le(bytes, kept.head.lc);
  append_le(bytes, kept.head.chain.low);
  append_le(bytes, kept.head.chain.high);
  append_ulid(bytes, kept.window.from);
  append_ulid(bytes, kept.window.to);
  return bytes;
}

// Notes are this program's own words; one of another length is from another version, and as good as none.
std::optional<KeptCursor> decode(const std::string& key, const std::string& bytes) {
  if (key.size() != 1 + 2 * Ulid::kBytes || bytes.size() != 8 + 8 + 16 + 2 * Ulid::kBytes) return std::nullopt;
  KeptCursor kept;
  kept.head.node = Ulid::load(key.data() + 1);
  kept.head.epoch = Ulid::load(key.data() + 1 + Ulid::kBytes);
  kept.stamp = load_le<std::uint64_t>(bytes.data());
  kept.head.lc = load_le<std::uint64_t>(bytes.data() + 8);
  kept.head.chain = {load_le<std::uint64_t>(bytes.data() + 16), load_le<std::uint64_t>(bytes.data() + 24)};
  kept.window = {Ulid::load(bytes.data() + 32), Ulid::load(bytes.data() + 48)};
  return kept;
}

std::vector<KeptCursor> cursors_of(Replica& replica, const Ulid& node) {
  std::vector<KeptCursor> all;
  for (const auto& [key, value] : replica.notes(key_of('c', node)))
    if (const auto kept = decode(key, value)) all.push_back(*kept);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.stamp > b.stamp; });
  return all;
}

// What waits here nobody gets from here yet: whoever believed to have it because this replica does would miss it. And
// others may know it under another origin than this replica does, or another value that it wins against.
bool something_waits(Snapshot& now) {
  const auto scan = now.conflicts({now.waiting_from(), 0});
  while (const auto conflict = scan->next())
    if (conflict->reason == AsideReason::waiting) return true;
  return false;
}

bool holds(const Window& outer, const Window& inner) { return !(inner.from < outer.from) && !(outer.to < inner.to); }

}  // namespace

std::optional<Head> cursor_into(Replica& replica, const Ulid& node, const Ulid& epoch, const Window& window) {
  std::optional<Head> latest;
  for (const KeptCursor& kept : cursors_of(replica, node)) {
    if (!holds(kept.window, window)) continue;
    if (kept.head.epoch == epoch) return kept.head;
    if (!latest) latest = kept.head;
  }
  return latest;
}

void keep_cursor(Replica& replica, const Head& cursor, const Window& window) {
  const auto all = cursors_of(replica, cursor.node);
  const std::uint64_t stamp = all.empty() ? 1 : all.front().stamp + 1;
  std::size_t others = 0;
  for (const KeptCursor& kept : all) {
    if (kept.head.epoch == cursor.epoch || ++others < kept_epochs) continue;
    replica.forget(key_of('c', kept.head.node, kept.head.epoch));
  }
  replica.remember(key_of('c', cursor.node, cursor.epoch), encode({cursor, window, stamp}));
}

std::optional<Ulid> known_node(Replica& replica, std::string_view peer) {
  const auto bytes = replica.recall("p" + std::string(peer));
  if (!bytes || bytes->size() != Ulid::kBytes) return std::nullopt;
  return Ulid::load(bytes->data());
}

void keep_node(Replica& replica, std::string_view peer, const Ulid& node) {
  std::string bytes;
  append_ulid(bytes, node);
  if (replica.recall("p" + std::string(peer)) != bytes) replica.remember("p" + std::string(peer), std::move(bytes));
}

std::vector<Seen> joined_seen(Replica& replica) {
  std::vector<Seen> seen;
  for (const auto& [key, value] : replica.notes("s"))
    if (key.size() == 1 + Ulid::kBytes && value.size() == sizeof(std::uint64_t))
      seen.push_back({Ulid::load(key.data() + 1), load_le<std::uint64_t>(value.data())});
  return seen;
}

std::vector<Seen> seen_by(std::vector<Seen> seen, Snapshot& now, std::size_t most) {
  const bool own_only = !seen.empty() && something_waits(now);
  std::erase_if(seen, [&](const Seen& each) { return own_only || each.epoch == now.epoch(); });
  if (now.sequence() > 0) seen.push_back({now.epoch(), now.sequence()});
  std::sort(seen.begin(), seen.end(), [](const Seen& a, const Seen& b) { return a.epoch < b.epoch; });
  if (seen.size() > most) seen.erase(seen.begin(), seen.end() - static_cast<std::ptrdiff_t>(most));
  return seen;
}

void join_seen(Replica& replica, Snapshot& now, const std::vector<Seen>& theirs) {
  std::size_t room = most_origins - std::min(most_origins, replica.notes("s").size());
  for (const Seen& seen : theirs) {
    if (seen.epoch == now.epoch()) continue;
    const std::string key = key_of('s', seen.epoch);
    const auto known = replica.recall(key);
    const bool is_more =
        !known || known->size() != sizeof(std::uint64_t) || load_le<std::uint64_t>(known->data()) < seen.sequence;
    if (!is_more || (!known && room == 0)) continue;
    if (!known) --room;
    std::string value;
    append_le(value, seen.sequence);
    replica.remember(key, std::move(value));
  }
}

}  // namespace laterbase::sync
