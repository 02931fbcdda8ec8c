#include "engine/table/loose_tree.h"

#include "engine/table/loose_node.h"

namespace laterbase::worktable {
namespace {

// Entries between a smallest and a greatest one, so that a merge needs no look at the ends.
template <std::uint32_t most>
class Fenced {
 public:
  Fenced() noexcept { entries_[0] = first_of_all; }  // NOLINT: the rest stays unset on purpose
  Entry* begin() noexcept { return entries_.data() + 1; }
  const Entry* begin() const noexcept { return entries_.data() + 1; }
  std::uint32_t size() const noexcept { return size_; }
  void close(std::uint32_t size) noexcept {
    size_ = size;
    begin()[size] = last_of_all;
  }

 private:
  std::array<Entry, most + 2> entries_;
  std::uint32_t size_ = 0;
};

// Of words, since a choice between two larger things is compiled to a branch.
[[gnu::always_inline]] inline void put_in_order(std::uint64_t& a, std::uint64_t& b) noexcept {
  const auto low = std::min(a, b);
  b = std::max(a, b);
  a = low;
}

constexpr std::uint32_t few = 12;

// Batcher's odd-even merge sort, unrolled: no branch of it depends on what is sorted.
struct Comparison {
  std::uint8_t low, high;
};
template <typename Each>
constexpr void each_comparison(Each&& each) {
  constexpr auto n = LooseTree::room;
  for (std::uint32_t p = 1; p < n; p *= 2)
    for (auto k = p; k > 0; k /= 2)
      for (auto j = k % p; j + k < n; j += 2 * k)
        for (std::uint32_t i = 0; i < k && i + j + k < n; ++i)
          if ((i + j) / (2 * p) == (i + j + k) / (2 * p))
            each(Comparison{static_cast<std::uint8_t>(i + j), static_cast<std::uint8_t>(i + j + k)});
}
constexpr std::size_t count_comparisons() {
  std::size_t count = 0;
  each_comparison([&](Comparison) { ++count; });
  return count;
}
constexpr auto comparisons = [] {
  std::array<Comparison, count_comparisons()> all{};
  std::size_t next = 0;
  each_comparison([&](Comparison one) { all[next++] = one; });
  return all;
}();

void sort_few(Entry* entries, std::uint32_t count) noexcept {
  for (std::uint32_t i = 1; i < count; ++i) {
    const auto entry = entries[i];
    auto k = i;
    for (; k > 0 && entry < entries[k - 1]; --k) entries[k] = entries[k - 1];
    entries[k] = entry;
  }
}

// One word an entry: what of its order fits, and behind it which entry it is. Whether that is all of its order.
bool make_tags(const Entry* entries, std::uint32_t count, std::uint64_t* tags) noexcept {
  constexpr auto number_bits = std::bit_width(LooseTree::room - 1);
  auto lowest = entries[0].key;
  auto highest = lowest;
  for (std::uint32_t i = 1; i < count; ++i) {
    lowest = std::min(lowest, entries[i].key);
    highest = std::max(highest, entries[i].key);
  }
  const auto bits = std::bit_width(highest - lowest);
  const bool with_spot = bits + 32 + number_bits <= 64;
  const auto excess = std::max(0, static_cast<int>(bits + number_bits - 64));
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto key = entries[i].key - lowest;
    tags[i] = (with_spot ? key << 32 | entries[i].spot : key >> excess) << number_bits | i;
  }
  std::fill(tags + count, tags + LooseTree::room, ~std::uint64_t{0});
  return with_spot;
}

void sort_late(Fenced<LooseTree::room>& late, std::uint32_t count) noexcept {
  auto* entries = late.begin();
  if (count <= few) {
    sort_few(entries, count);
  } else {
    std::uint64_t tags[LooseTree::room];
    const bool exact = make_tags(entries, count, tags);
    [&tags]<std::size_t... I>(std::index_sequence<I...>) {
      (put_in_order(tags[comparisons[I].low], tags[comparisons[I].high]), ...);
    }
    (std::make_index_sequence<comparisons.size()>());
    Entry before[LooseTree::room];
    std::copy(entries, entries + count, before);
    constexpr auto number = std::bit_ceil(LooseTree::room) - 1;
    for (std::uint32_t i = 0; i < count; ++i) entries[i] = before[tags[i] & number];
    if (!exact) sort_few(entries, count);  // in order, but for what their words have in common
  }
  late.close(count);
}

// From both ends at once, since each step of one end waits for the step before. What is in both comes once.
template <std::uint32_t most_a, std::uint32_t most_b>
std::uint32_t merge(const Fenced<most_a>& a, const Fenced<most_b>& b, Entry* to) noexcept {
  const auto count = a.size() + b.size();
  const auto* a_low = a.begin();
  const auto* b_low = b.begin();
  const auto* a_high = a.begin() + a.size() - 1;
  const auto* b_high = b.begin() + b.size() - 1;
  bool twice = std::adjacent_find(b.begin(), b.begin() + b.size()) != b.begin() + b.size();
  auto* low = to;
  auto* high = to + count;
  while (low < high) {
    const bool b_first = is_before(*b_low, *a_low);
    twice |= (a_low->key == b_low->key) & (a_low->spot == b_low->spot);
    *low++ = *(b_first ? b_low : a_low);
    b_low += b_first;
    a_low += !b_first;
    if (low == high) break;
    const bool a_last = is_before(*b_high, *a_high);
    twice |= (a_high->key == b_high->key) & (a_high->spot == b_high->spot);
    *--high = *(a_last ? a_high : b_high);
    a_high -= a_last;
    b_high -= !a_last;
  }
  return twice ? static_cast<std::uint32_t>(std::unique(to, to + count) - to) : count;
}

}  // namespace

LooseTree::LooseTree(const EntryJudge& judge) : judge_(judge) {
  root_.store(make_leaf(nullptr, 0), std::memory_order_release);
}

LooseTree::~LooseTree() { free_all(root_.load()); }

// Copies the sorted part and what was appended into one order. What was appended may be in the sorted part already: a
// row came back to a key, or a cell to a row of that key, before its stale entry was gone.
std::uint32_t LooseTree::Leaf::gather(std::uint32_t count, const Entry& first, const Entry& last,
                                      Entry* to) const noexcept {
  Fenced<room> late;
  std::uint32_t lates = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto entry = appended_entry(i);
    late.begin()[lates] = entry;
    lates += is_before(entry, first) | is_before(last, entry) ? 0 : 1;
  }
  const auto all = entries();
  const auto from = first == first_of_all ? 0 : lower_bound(first);
  const auto past = last.spot == ~Spot{0} ? last : Entry{last.key, last.spot + 1};
  const auto size = (last == last_of_all ? sorted : lower_bound(past)) - from;
  if (lates == 0) {
    for (std::uint32_t i = 0; i < size; ++i) to[i] = all[from + i];
    return size;
  }
  sort_late(late, lates);
  Fenced<most_sorted + room> early;
  for (std::uint32_t i = 0; i < size; ++i) early.begin()[i] = all[from + i];
  early.close(size);
  return merge(early, late, to);
}

// Calls step(inner, child number) on the way down.
template <typename Step>
const LooseTree::Leaf* LooseTree::leaf_of(const Entry& entry, Step&& step) const noexcept {
  const Node* node = root_.load(std::memory_order_acquire);
  while (!node->is_leaf) {
    const auto& inner = static_cast<const Inner&>(*node);
    const auto i = inner.child_of(entry);
    step(inner, i);
    node = inner.child(i).load(std::memory_order_acquire);
  }
  return static_cast<const Leaf*>(node);
}

LooseTree::Leaf* LooseTree::leaf_of(const Entry& entry) const noexcept {
  return const_cast<Leaf*>(leaf_of(entry, [](const Inner&, std::uint32_t) {}));
}

LooseTree::Place LooseTree::place_of(const Entry& entry) const noexcept {
  Place place;
  place.leaf_ = leaf_of(entry);
  const auto* at = reinterpret_cast<const char*>(place.leaf_);
  for (std::size_t i = 0; i < sizeof(Leaf) + room * Leaf::appended_bytes; i += 64) __builtin_prefetch(at + i, 1);
  return place;
}

void LooseTree::insert(const Entry& entry, Place place, bool alone) {
  while (!append(place.leaf_, entry, alone)) place.leaf_ = leaf_of(entry);
}

// False: not into this leaf any more.
bool LooseTree::append(Leaf* leaf, const Entry& entry, bool alone) {
  std::uint32_t count = 0;
  if (!(alone ? leaf->look_in(count) : leaf->lock(count))) return false;
  if (count == room) {
    rewrite(leaf, entry);
    return false;
  }
  store_le(leaf->room_at(count), entry.key);
  store_le(leaf->room_at(count) + 8, entry.spot);
  leaf->unlock(count + 1);
  return true;
}

void LooseTree::ascend(const Entry& first, const Entry& last, Run& run) const noexcept {
  run.more = false;
  const auto* leaf = leaf_of(first, [&](const Inner& inner, std::uint32_t i) {
    if (i == inner.count) return;
    run.next = inner.separator(i);  // the nearer fence is the one further down
    run.more = true;
  });
  run.count = leaf->gather(leaf->appended(), first, last, run.entries.data());
  run.more = run.more && run.next <= last;
}

void LooseTree::descend(const Entry& first, const Entry& last, Run& run) const noexcept {
  run.more = false;
  const auto* leaf = leaf_of(last, [&](const Inner& inner, std::uint32_t i) {
    if (i == 0) return;
    run.next = inner.separator(i - 1);
    run.more = true;
  });
  run.count = leaf->gather(leaf->appended(), first, last, run.entries.data());
  if (run.more) --run.next.spot;  // the fence is the first position of this leaf, and that of a row: never spot 0
  run.more = run.more && run.next >= first;
}

// Where a full leaf is divided. Keys that rise, in the whole tree or inside one group of equal keys, leave full leaves
// behind.
std::uint32_t LooseTree::middle_of(const Leaf& leaf, const Entry* entries, std::uint32_t count) noexcept {
  const auto* earliest = std::lower_bound(entries, entries + count, leaf.appended_entry(0));
  const auto* latest = std::lower_bound(entries, entries + count, leaf.appended_entry(room - 1));
  if (latest - earliest != room - 1) return count / 2;
  const auto middle = static_cast<std::uint32_t>(latest - entries) + 1;
  return std::min(middle < count ? middle : count - room, most_sorted);
}

// Gives the room's entries their places. The leaf is locked, and left behind.
void LooseTree::rewrite(Leaf* leaf, const Entry& inside) {
  if (stale_expected_.load(std::memory_order_relaxed)) return clean(leaf, inside, room);
  std::array<Entry, most_sorted + 2 * room> entries;
  const auto count = leaf->gather(room, first_of_all, last_of_all, entries.data());
  try {
    const auto middle = count > most_sorted ? middle_of(*leaf, entries.data(), count) : count;
    replace(inside, leaf, leaves_of(entries.data(), count, middle));
  } catch (...) {
    leaf->unlock(room);
    throw;
  }
  entries_.fetch_add(std::int64_t{count} - leaf->sorted, std::memory_order_relaxed);
  leaf->unlock_gone(room);
  retire(leaf);
}

void LooseTree::sweep_one() {
  if (!sweep_lock_.try_lock()) return;  // somebody is at it
  const std::lock_guard guard(sweep_lock_, std::adopt_lock);
  if (!sweep(cursor_)) cursor_ = first_of_all;
}

void LooseTree::sweep_all() {
  for (auto cursor = first_of_all; sweep(cursor);) {
  }
}

bool LooseTree::sweep(Entry& cursor) {
  const Pin pin;
  for (;;) {
    bool more = false;
    Entry next{};
    const auto* found = leaf_of(cursor, [&](const Inner& inner, std::uint32_t i) {
      if (i == inner.count) return;
      next = inner.separator(i);
      more = true;
    });
    auto* leaf = const_cast<Leaf*>(found);
    std::uint32_t appended = 0;
    if (!leaf->lock(appended)) continue;
    clean(leaf, cursor, appended);
    cursor = next;
    return more;
  }
}

}  // namespace laterbase::worktable
