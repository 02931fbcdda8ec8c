// How a tree grows and shrinks: splits on the way down, and leaves that ran empty.
#include "engine/base/invariant.h"
#include "engine/table/tree.h"
#include "engine/table/tree_node.h"

namespace laterbase::worktable {

bool Tree::lock_for_split(Inner* parent, std::uint64_t parent_version, Node* node, std::uint64_t version) {
  if (parent != nullptr && !parent->try_lock(parent_version)) return false;
  if (node->try_lock(version)) {
    if (parent != nullptr || load(root_) == node) return true;
    node->unlock();
    return false;
  }
  if (parent != nullptr) parent->unlock();
  return false;
}

std::uint64_t Tree::rest_of(std::uint64_t prefix, Spot spot) const {
  if (exact_) return spot;
  auto* separator = new Separator{{}, spot};
  source_->key_of(spot, separator->key);
  LATERBASE_INVARIANT(separator->key.prefix == prefix, "an indexed key changed in place");
  return reinterpret_cast<std::uint64_t>(separator);
}

// Keys that rise, in the whole tree or inside one group of equal keys, leave full leaves behind: the split is where the
// last entry went.
void Tree::split_leaf(Inner* parent, Leaf* leaf) {
  constexpr std::uint32_t few = 3;
  const auto size = leaf->size();
  const auto behind_last = leaf->last_insert.load(std::memory_order_relaxed) + 1;
  const bool rises = leaf->rising.load(std::memory_order_relaxed) >= few;
  const auto middle = rises ? std::min(behind_last, size - 1) : size / 2;
  auto* right = new Leaf;
  bytes_.fetch_add(sizeof(Leaf), std::memory_order_relaxed);
  for (auto i = middle; i < size; ++i) right->set(i - middle, load(leaf->prefix[i]), load(leaf->spot[i]));
  right->set_size(size - middle);
  right->last_insert.store(size - middle - 1, std::memory_order_relaxed);
  const auto prefix = load(leaf->prefix[middle]);
  const auto rest = rest_of(prefix, load(leaf->spot[middle]));
  leaf->set_size(middle);
  leaf->last_insert.store(middle - 1, std::memory_order_relaxed);
  put_beside(parent, leaf, prefix, rest, right);
}

void Tree::split_inner(Inner* parent, Inner* inner) {
  const auto size = inner->size();
  const auto middle = size / 2;
  auto* right = new Inner;
  bytes_.fetch_add(sizeof(Inner), std::memory_order_relaxed);
  for (auto i = middle + 1; i < size; ++i) {
    store(right->prefix[i - middle - 1], load(inner->prefix[i]));
    store(right->rest[i - middle - 1], load(inner->rest[i]));
  }
  for (auto i = middle + 1; i <= size; ++i) store(right->child[i - middle - 1], load(inner->child[i]));
  right->set_size(size - middle - 1);
  const auto prefix = load(inner->prefix[middle]);
  const auto rest = load(inner->rest[middle]);
  inner->set_size(middle);
  put_beside(parent, inner, prefix, rest, right);
}

// Both nodes are locked; the new right one becomes visible here.
void Tree::put_beside(Inner* parent, Node* left, std::uint64_t prefix, std::uint64_t rest, Node* right) {
  if (parent == nullptr) {
    auto* root = new Inner;
    bytes_.fetch_add(sizeof(Inner), std::memory_order_relaxed);
    store(root->child[0], left);
    root->insert_after(0, prefix, rest, right);
    store(root_, static_cast<Node*>(root));
  } else {
    std::uint32_t i = 0;
    while (load(parent->child[i]) != left) ++i;
    parent->insert_after(i, prefix, rest, right);
    parent->unlock();
  }
  left->unlock();
}

// Locks from the root down, letting go above every node that stays when one child leaves.
void Tree::drop_empty_leaf(const Position& position) {
  Node* node = load(root_);
  if (!node->lock()) return;
  if (load(root_) != node) return node->unlock();
  std::vector<Inner*> chain;
  const auto let_go = [&chain] {
    for (auto* inner : chain) inner->unlock();
    chain.clear();
  };
  while (!node->is_leaf) {
    auto* inner = static_cast<Inner*>(node);
    if (inner->size() > 0) let_go();
    chain.push_back(inner);
    node = load(inner->child[child_of(*inner, inner->size(), position)]);
    const bool there = node->lock();
    LATERBASE_INVARIANT(there, "a node that left the tree is still linked");
  }
  auto* leaf = static_cast<Leaf*>(node);
  if (leaf->size() == 0 && !chain.empty() && chain.front()->size() > 0) {
    unhook(chain, leaf, position);
    return;
  }
  leaf->unlock();
  let_go();
}

void Tree::unhook(const std::vector<Inner*>& chain, Leaf* leaf, const Position& position) {
  auto* top = chain.front();
  retire_rest(top->remove_child(child_of(*top, top->size(), position)));
  if (top->size() == 0 && load(root_) == top) {
    store(root_, load(top->child[0]));
    top->unlock_obsolete();
    retire(top);
  } else {
    top->unlock();
  }
  for (std::size_t i = 1; i < chain.size(); ++i) {
    chain[i]->unlock_obsolete();
    retire(chain[i]);
  }
  leaf->unlock_obsolete();
  retire(leaf);
}

}  // namespace laterbase::worktable
