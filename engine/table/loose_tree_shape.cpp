// How a LooseTree's nodes are made, replaced and freed.
#include "engine/base/invariant.h"
#include "engine/table/loose_node.h"

namespace laterbase::worktable {

LooseTree::Leaf* LooseTree::make_leaf(const Entry* entries, std::uint32_t count) {
  const auto base = count == 0 ? 0 : entries[0].key;
  std::uint64_t bits = 0;
  for (std::uint32_t i = 0; i < count; ++i) bits |= entries[i].key - base;
  const auto shift = bits == 0 ? 0 : std::countr_zero(bits);
  const auto width = (static_cast<std::uint32_t>(std::bit_width(bits >> shift)) + 7) / 8;
  const auto size = Leaf::size_for(count, width);
  auto* leaf = new (::operator new(size)) Leaf(true, size);
  leaf->sorted = static_cast<std::uint16_t>(count);
  leaf->width = static_cast<std::uint8_t>(width);
  leaf->shift = static_cast<std::uint8_t>(shift);
  leaf->base = base;
  leaf->mask = width == 0 ? 0 : ~std::uint64_t{0} >> (64 - 8 * width);
  for (std::uint32_t i = 0; i < count; ++i) store_le(leaf->spots() + 4 * std::size_t{i}, entries[i].spot);
  for (std::uint32_t i = 0; i < count; ++i)  // each writes zeros over the next one's bytes, which come after
    store_le(leaf->keys() + std::size_t{i} * width, (entries[i].key - base) >> shift);
  if (count == 0) store_le(leaf->keys(), std::uint64_t{0});
  bytes_.fetch_add(size, std::memory_order_relaxed);
  return leaf;
}

LooseTree::Inner* LooseTree::make_inner(const Entry* separators, Node* const* children, std::uint32_t count) {
  const auto size = Inner::size_for(count);
  auto* inner = new (::operator new(size)) Inner(false, size);
  inner->count = count;
  for (std::uint32_t i = 0; i <= count; ++i) new (&inner->child(i)) std::atomic<Node*>(children[i]);
  for (std::uint32_t i = 0; i < count; ++i) inner->keys()[i] = separators[i].key;
  for (std::uint32_t i = 0; i < count; ++i) inner->spots()[i] = separators[i].spot;
  bytes_.fetch_add(size, std::memory_order_relaxed);
  return inner;
}

void LooseTree::retire(Node* node) {
  bytes_.fetch_sub(node->bytes, std::memory_order_relaxed);
  epochs().retire(node, node->bytes, [](void* memory) { ::operator delete(memory); });
}

void LooseTree::free_all(Node* node) noexcept {
  if (!node->is_leaf) {
    const auto& inner = static_cast<const Inner&>(*node);
    for (std::uint32_t i = 0; i <= inner.count; ++i) free_all(inner.child(i).load(std::memory_order_acquire));
  }
  ::operator delete(node);
}

LooseTree::Fresh LooseTree::leaves_of(const Entry* entries, std::uint32_t count, std::uint32_t middle) {
  if (count == 0) return {};
  if (middle == count) return {1, {make_leaf(entries, count), nullptr}, {}};
  return {2, {make_leaf(entries, middle), make_leaf(entries + middle, count - middle)}, entries[middle]};
}

// The way to a leaf that is locked, so that it leads there; under the lock of the shape.
void LooseTree::find(const Entry& inside, const Leaf* leaf, Path& path) const noexcept {
  path.depth = 0;
  Node* node = root_.load(std::memory_order_acquire);
  for (; !node->is_leaf; ++path.depth) {
    LATERBASE_INVARIANT(path.depth < Path::deepest, "a tree of more rows than there can be");
    auto* inner = static_cast<Inner*>(node);
    path.inner[path.depth] = inner;
    path.child[path.depth] = inner->child_of(inside);
    node = inner->child(path.child[path.depth]).load(std::memory_order_acquire);
  }
  LATERBASE_INVARIANT(node == leaf, "a leaf that is locked is where its entries lead");
}

void LooseTree::replace(const Entry& inside, Leaf* leaf, const Fresh& fresh) {
  const std::lock_guard guard(shape_lock_);
  Path path;
  find(inside, leaf, path);
  splice(path, path.depth, 1, fresh);
}

// Puts `fresh` where `count` neighbours are at this depth. Everything is made before the one store that shows it.
void LooseTree::splice(const Path& path, std::uint32_t depth, std::uint32_t count, const Fresh& fresh) {
  if (depth == 0) {
    Node* root = fresh.nodes[0];
    if (fresh.count == 0) root = make_leaf(nullptr, 0);
    if (fresh.count == 2) root = make_inner(&fresh.separator, fresh.nodes.data(), 1);
    root_.store(root, std::memory_order_release);
    return;
  }
  auto* inner = path.inner[depth - 1];
  const auto at = path.child[depth - 1];
  if (count == 1 && fresh.count == 1) {
    inner->child(at).store(fresh.nodes[0], std::memory_order_release);
    return;
  }
  splice(path, depth - 1, 1, rebuild(*inner, at, count, fresh));
  retire(inner);
}

// An inner node, or two, or the only child left, with `fresh` in the place of `count` children.
LooseTree::Fresh LooseTree::rebuild(const Inner& inner, std::uint32_t at, std::uint32_t count, const Fresh& fresh) {
  std::array<Entry, Inner::most + 2> separators;
  std::array<Node*, Inner::most + 3> children;
  std::uint32_t size = 0;
  std::uint32_t fences = 0;
  for (std::uint32_t i = 0; i < at; ++i) children[size++] = inner.child(i).load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < fresh.count; ++i) children[size++] = fresh.nodes[i];
  for (auto i = at + count; i <= inner.count; ++i) children[size++] = inner.child(i).load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < at; ++i) separators[fences++] = inner.separator(i);
  if (fresh.count == 2) separators[fences++] = fresh.separator;
  for (auto i = at + count - 1; i < inner.count; ++i) separators[fences++] = inner.separator(i);
  if (fresh.count == 0 && fences > 0)  // with its child, the fence beside it
    std::copy(separators.begin() + (at == 0 ? 1 : at), separators.begin() + fences,
              separators.begin() + (at == 0 ? 0 : at - 1));
  if (size == 0) return {};
  if (size == 1) return {1, {children[0], nullptr}, {}};
  if (size <= Inner::most + 1) return {1, {make_inner(separators.data(), children.data(), size - 1), nullptr}, {}};
  const auto middle = size / 2;
  return {2,
          {make_inner(separators.data(), children.data(), middle - 1),
           make_inner(separators.data() + middle, children.data() + middle, size - middle - 1)},
          separators[middle - 1]};
}

// The leaf to the right, of the same parent, if it can be had without waiting.
LooseTree::Leaf* LooseTree::lock_neighbour(const Path& path, std::uint32_t& appended) const noexcept {
  if (path.depth == 0 || path.child[path.depth - 1] == path.inner[path.depth - 1]->count) return nullptr;
  auto* node = path.inner[path.depth - 1]->child(path.child[path.depth - 1] + 1).load(std::memory_order_acquire);
  if (!node->is_leaf || !static_cast<Leaf*>(node)->try_lock(appended)) return nullptr;
  return static_cast<Leaf*>(node);
}

// Takes stale entries out of a locked leaf, joins it to its neighbour where both have become small, and divides it
// where it is large. A leaf whose room is full gets a new one in any case.
void LooseTree::clean(Leaf* leaf, const Entry& inside, std::uint32_t appended) {
  constexpr std::uint32_t most = most_sorted + room;
  std::array<Entry, 2 * most> entries;
  Leaf* right = nullptr;
  std::uint32_t right_appended = 0;
  std::uint32_t count = 0;
  bool changes = false;
  try {
    const auto before = leaf->gather(appended, first_of_all, last_of_all, entries.data());
    count = judge_.keep(entries.data(), before);
    const std::lock_guard guard(shape_lock_);
    Path path;
    find(inside, leaf, path);
    if (count <= most_clean / 2) right = lock_neighbour(path, right_appended);
    if (right != nullptr) {
      const auto more = judge_.keep(entries.data() + count,
                                    right->gather(right_appended, first_of_all, last_of_all, entries.data() + count));
      if (count + more <= most_joined) {
        count += more;
      } else {
        right->unlock(right_appended);
        right = nullptr;
      }
    }
    const bool full = appended == room;
    changes = full || right != nullptr || count != before;
    if (changes) {
      const auto middle = full ? middle_of(*leaf, entries.data(), count) : count / 2;
      splice(path, path.depth, right != nullptr ? 2 : 1,
             leaves_of(entries.data(), count, count > (full ? most_clean : most_sorted) ? middle : count));
    }
  } catch (...) {
    if (right != nullptr) right->unlock(right_appended);
    leaf->unlock(appended);
    throw;
  }
  if (!changes) return leaf->unlock(appended);
  entries_.fetch_add(std::int64_t{count} - leaf->sorted - (right != nullptr ? right->sorted : 0),
                     std::memory_order_relaxed);
  leaf->unlock_gone(appended);
  retire(leaf);
  if (right == nullptr) return;
  right->unlock_gone(right_appended);
  retire(right);
}

}  // namespace laterbase::worktable
