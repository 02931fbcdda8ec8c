#include "engine/table/tree.h"

#include "engine/table/tree_node.h"

namespace laterbase::worktable {

Tree::Tree(bool exact, const KeySource* source) : exact_(exact), source_(source), root_(make<Leaf>()) {}

Tree::~Tree() { free_all(root_.load()); }

template <typename Made>
Made* Tree::make() {
  bytes_.fetch_add(sizeof(Made), std::memory_order_relaxed);
  return new Made;
}

void Tree::free_all(Node* node) {
  if (node->is_leaf) {
    delete static_cast<Leaf*>(node);
    return;
  }
  auto* inner = static_cast<Inner*>(node);
  for (std::uint32_t i = 0; i <= inner->size(); ++i) free_all(load(inner->child[i]));
  for (std::uint32_t i = 0; !exact_ && i < inner->size(); ++i) delete inner->separator(i);
  delete inner;
}

void Tree::retire(Node* node) {
  bytes_.fetch_sub(node->is_leaf ? sizeof(Leaf) : sizeof(Inner), std::memory_order_relaxed);
  if (node->is_leaf)
    epochs().retire(node, sizeof(Leaf), [](void* leaf) { delete static_cast<Leaf*>(leaf); });
  else
    epochs().retire(node, sizeof(Inner), [](void* inner) { delete static_cast<Inner*>(inner); });
}

void Tree::retire_rest(std::uint64_t rest) {
  if (exact_) return;
  epochs().retire(reinterpret_cast<void*>(rest), sizeof(Separator),
                  [](void* at) { delete static_cast<Separator*>(at); });
}

// Whether an entry comes before a position.
bool Tree::below(std::uint64_t prefix, Spot spot, const Position& position) const {
  if (prefix != position.key.prefix) return prefix < position.key.prefix;
  if (!exact_) {
    Key key;
    source_->key_of(spot, key);
    if (const auto order = key.view().compare(position.key.view()); order != 0) return order < 0;
  }
  return spot < position.spot;
}

bool Tree::below(const Inner& inner, std::uint32_t i, const Position& position) const {
  const auto prefix = load(inner.prefix[i]);
  if (prefix != position.key.prefix) return prefix < position.key.prefix;
  if (exact_) return load(inner.rest[i]) <= position.spot;
  const auto* separator = inner.separator(i);
  if (const auto order = separator->key.view().compare(position.key.view()); order != 0) return order < 0;
  return separator->spot <= position.spot;
}

namespace {

// How many of `size` ordered entries `before(i)` holds for. No branch depends on an answer, so none is guessed wrong.
template <typename Before>
std::uint32_t count_before(std::uint32_t size, Before&& before) {
  std::uint32_t from = 0;
  while (size > 0) {
    const auto half = size / 2;
    const auto right = static_cast<std::uint32_t>(-static_cast<std::int32_t>(before(from + half)));
    from += (half + 1) & right;
    size = half - ((1 - (size & 1)) & right);
  }
  return from;
}

}  // namespace

std::uint32_t Tree::lower_bound(const Leaf& leaf, std::uint32_t size, const Position& position) const {
  if (!exact_)
    return count_before(size,
                        [&](std::uint32_t i) { return below(load(leaf.prefix[i]), load(leaf.spot[i]), position); });
  const auto prefix = position.key.prefix;
  const auto spot = position.spot;
  const auto before = [&](std::uint32_t i) {
    const auto p = load(leaf.prefix[i]);
    return (p < prefix) | ((p == prefix) & (load(leaf.spot[i]) < spot));
  };
  if (size == 0 || !before(0)) return 0;  // the oldest of rising keys
  if (before(size - 1)) return size;      // the newest
  return count_before(size, before);
}

// How many separators are at or before the position: the number of its child.
std::uint32_t Tree::child_of(const Inner& inner, std::uint32_t size, const Position& position) const {
  if (!exact_) return count_before(size, [&](std::uint32_t i) { return below(inner, i, position); });
  const auto prefix = position.key.prefix;
  const auto spot = position.spot;
  const auto before = [&](std::uint32_t i) {
    const auto p = load(inner.prefix[i]);
    return (p < prefix) | ((p == prefix) & (load(inner.rest[i]) <= spot));
  };
  if (size == 0 || !before(0)) return 0;
  if (before(size - 1)) return size;
  return count_before(size, before);
}

Position Tree::position_of(const Inner& inner, std::uint32_t i) const {
  if (!exact_) return {inner.separator(i)->key, inner.separator(i)->spot};
  Position position;
  position.key.prefix = load(inner.prefix[i]);
  position.spot = static_cast<Spot>(load(inner.rest[i]));
  return position;
}

// Full inner nodes are split on the way, so that a leaf's parent always has room.
bool Tree::find_leaf(const Position& position, Inner*& parent, std::uint64_t& parent_version, Leaf*& leaf,
                     std::uint64_t& version) {
  parent = nullptr;
  Node* node = load(root_);
  if (!node->begin_read(version) || load(root_) != node) return false;
  while (!node->is_leaf) {
    auto* inner = static_cast<Inner*>(node);
    const auto size = inner->size();
    if (size == Inner::capacity) {
      if (lock_for_split(parent, parent_version, inner, version)) split_inner(parent, inner);
      return false;
    }
    auto* child = load(inner->child[child_of(*inner, size, position)]);
    if (!inner->unchanged(version)) return false;
    parent = inner;
    parent_version = version;
    node = child;
    if (!node->begin_read(version) || !parent->unchanged(parent_version)) return false;
  }
  leaf = static_cast<Leaf*>(node);
  return true;
}

Tree::Outcome Tree::try_insert(const Position& position) {
  Inner* parent = nullptr;
  Leaf* leaf = nullptr;
  std::uint64_t parent_version = 0;
  std::uint64_t version = 0;
  if (!find_leaf(position, parent, parent_version, leaf, version)) return Outcome::again;
  const auto size = leaf->size();
  if (size == Leaf::capacity) {
    if (lock_for_split(parent, parent_version, leaf, version)) split_leaf(parent, leaf);
    return Outcome::again;
  }
  const auto at = lower_bound(*leaf, size, position);
  if (!leaf->try_lock(version)) return Outcome::again;
  leaf->shift_up(at, size);
  leaf->set(at, position.key.prefix, position.spot);
  leaf->note_insert(at);
  leaf->set_size(size + 1);
  leaf->unlock();
  return Outcome::done;
}

void Tree::insert(const Position& position) {
  Backoff backoff;
  while (try_insert(position) == Outcome::again) backoff.pause();
}

Tree::Outcome Tree::try_erase(const Position& position, bool& emptied) {
  Inner* parent = nullptr;
  Leaf* leaf = nullptr;
  std::uint64_t parent_version = 0;
  std::uint64_t version = 0;
  if (!find_leaf(position, parent, parent_version, leaf, version)) return Outcome::again;
  const auto size = leaf->size();
  const auto at = lower_bound(*leaf, size, position);
  const bool found =
      at < size && load(leaf->spot[at]) == position.spot && load(leaf->prefix[at]) == position.key.prefix;
  if (!found) return leaf->unchanged(version) ? Outcome::absent : Outcome::again;
  if (!leaf->try_lock(version)) return Outcome::again;
  leaf->shift_down(at, size);
  leaf->set_size(size - 1);
  leaf->unlock();
  emptied = size == 1 && parent != nullptr;
  return Outcome::done;
}

bool Tree::erase(const Position& position) {
  Backoff backoff;
  bool emptied = false;
  auto outcome = try_erase(position, emptied);
  for (; outcome == Outcome::again; outcome = try_erase(position, emptied)) backoff.pause();
  if (emptied) drop_empty_leaf(position);
  return outcome == Outcome::done;
}

Tree::Outcome Tree::try_run(const Position& from, Run& run, bool up) const {
  const Node* node = load(root_);
  std::uint64_t version = 0;
  if (!node->begin_read(version) || load(root_) != node) return Outcome::again;
  run.more = false;
  while (!node->is_leaf) {
    const auto& inner = static_cast<const Inner&>(*node);
    const auto size = inner.size();
    const auto i = child_of(inner, size, from);
    if (up ? i < size : i > 0) {  // the nearer fence is the one further down
      run.next = position_of(inner, up ? i : i - 1);
      run.more = true;
    }
    const auto* child = load(inner.child[i]);
    if (!inner.unchanged(version)) return Outcome::again;
    std::uint64_t child_version = 0;
    if (!child->begin_read(child_version) || !inner.unchanged(version)) return Outcome::again;
    node = child;
    version = child_version;
  }
  const auto& leaf = static_cast<const Leaf&>(*node);
  const auto size = leaf.size();
  run.count = 0;
  if (up) {
    for (auto i = lower_bound(leaf, size, from); i < size; ++i, ++run.count) {
      run.prefixes[run.count] = load(leaf.prefix[i]);
      run.spots[run.count] = load(leaf.spot[i]);
    }
  } else {
    auto past = from;  // entries at or before: those below the next position
    const auto end =
        past.spot == ~Spot{0} ? lower_bound(leaf, size, past) : (++past.spot, lower_bound(leaf, size, past));
    for (auto i = end; i-- > 0; ++run.count) {
      run.prefixes[run.count] = load(leaf.prefix[i]);
      run.spots[run.count] = load(leaf.spot[i]);
    }
  }
  if (!leaf.unchanged(version)) return Outcome::again;
  if (!up && run.more) --run.next.spot;  // the fence itself is the first entry of this leaf
  return Outcome::done;
}

void Tree::ascend(const Position& from, Run& run) const {
  Backoff backoff;
  while (try_run(from, run, true) == Outcome::again) backoff.pause();
}

void Tree::descend(const Position& from, Run& run) const {
  Backoff backoff;
  while (try_run(from, run, false) == Outcome::again) backoff.pause();
}

}  // namespace laterbase::worktable
