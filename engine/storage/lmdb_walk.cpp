#include "engine/storage/lmdb_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/storage/keys.h"

namespace laterbase {
namespace {

using lmdb_format::Node;
using lmdb_format::Page;
using lmdb_format::Tree;

[[noreturn]] void damaged(std::uint64_t page, const std::string& what) {
  throw Failure(FailureCode::damaged, fmt::format("page {} {}", page, what));
}

void require(bool condition, std::uint64_t page, const char* what) {
  if (!condition) damaged(page, what);
}

}  // namespace

LmdbWalk::LmdbWalk(File& data, const LmdbMeta& meta) : data_(data), meta_(meta), file_bytes_(data.size()) {
  // Pages that are not in the file need no mark, and what damage makes of last_page no memory.
  claimed_.resize(std::min(meta_.last_page + 1, file_bytes_ / meta_.page_bytes + 1));
  claimed_[0] = claimed_[1] = true;
}

void LmdbWalk::run(const Tree& free_pages, const Tree& main) {
  tree(free_pages, Kind::free_pages);
  tree(main, Kind::main);
  for (const Tree& table : std::exchange(tables_, {})) tree(table, Kind::table);
}

void LmdbWalk::tree(const Tree& tree, Kind kind) {
  kind_ = kind;
  counts_ = {};
  const std::uint16_t flags = kind == Kind::free_pages ? lmdb_format::integer_keys : 0;
  require(tree.flags == flags, tree.root, "is the root of a tree with flags that are not ours");
  require((tree.root == lmdb_format::no_page) == (tree.depth == 0), tree.root, "is the root of a tree of depth 0");
  require(tree.depth <= lmdb_format::max_depth, tree.root, "is the root of a tree that is too deep");
  if (tree.depth > 0) page(tree.root, tree.depth - 1u, {});
  const bool counted = tree.branch_pages == counts_.branch_pages && tree.leaf_pages == counts_.leaf_pages &&
                       tree.overflow_pages == counts_.overflow_pages && tree.entries == counts_.entries;
  require(counted, tree.root, "is the root of a tree that has not as many pages or entries as was noted");
}

void LmdbWalk::page(std::uint64_t number, unsigned levels_below, const Bounds& bounds) {
  claim(number, 1);
  const std::vector<char> bytes = read(number, 1);
  const Page page{bytes.data()};
  require(page.number() == number, number, "has another page's number");
  const std::uint16_t kind = levels_below > 0 ? lmdb_format::branch_page : lmdb_format::leaf_page;
  require(page.flags() == kind, number, "is of another kind than its place in the tree wants");
  nodes_fill_page(number, page, levels_below == 0);
  if (levels_below > 0)
    branch(number, bytes, levels_below, bounds);
  else
    leaf(number, bytes, bounds);
}

void LmdbWalk::branch(std::uint64_t number, const std::vector<char>& bytes, unsigned levels_below,
                      const Bounds& bounds) {
  const Page page{bytes.data()};
  ++counts_.branch_pages;
  // LMDB allows one child in the tree of free pages only.
  require(page.nodes() >= (kind_ == Kind::free_pages ? 1 : 2), number, "has too few children");
  const auto node = [&](std::size_t index) { return Node{bytes.data() + page.node_offset(index)}; };
  Bounds below{bounds.from, std::nullopt};
  for (std::size_t index = 0; index < page.nodes(); ++index) {
    if (index > 0) {  // the first child's key stands for everything before the second
      key_in_order(number, node(index).key(), below.from, bounds.to);
      below.from = std::string(node(index).key());
    }
    const bool last = index + 1 == page.nodes();
    below.to = last ? bounds.to : std::optional<std::string>(node(index + 1).key());
    this->page(node(index).child(), levels_below - 1, below);
  }
}

void LmdbWalk::leaf(std::uint64_t number, const std::vector<char>& bytes, const Bounds& bounds) {
  const Page page{bytes.data()};
  ++counts_.leaf_pages;
  counts_.entries += page.nodes();
  require(page.nodes() > 0, number, "is empty");
  BytesView before_it;
  for (std::size_t index = 0; index < page.nodes(); ++index) {
    const Node node{bytes.data() + page.node_offset(index)};
    if (index == 0) key_in_order(number, node.key(), bounds.from, std::nullopt);
    if (index > 0) require(before(before_it, node.key()), number, "has keys that are not in order");
    before_it = node.key();
    leaf_node(number, node);
  }
  if (bounds.to) require(before(before_it, *bounds.to), number, "has a key that belongs to the page after it");
}

void LmdbWalk::leaf_node(std::uint64_t number, const Node& node) {
  require(node.key_bytes() > 0, number, "has an empty key");
  if (kind_ == Kind::main) {
    require(node.flags() == lmdb_format::sub_tree && node.data_bytes() == lmdb_format::tree_bytes, number,
            "has an entry that is no table");
    tables_.push_back(Tree::load(node.data()));
    return;
  }
  require(node.flags() == 0 || node.flags() == lmdb_format::big_data, number, "has an entry of an unknown kind");
  const bool big = node.flags() == lmdb_format::big_data;
  const std::string data = big ? overflow(load_le<std::uint64_t>(node.data()), node.data_bytes()) : std::string();
  if (kind_ == Kind::free_pages) free_list(number, big ? BytesView(data) : BytesView(node.data(), node.data_bytes()));
}

// The nodes lie one after another between `upper` and the end, without a gap, and in any order.
void LmdbWalk::nodes_fill_page(std::uint64_t number, const Page& page, bool is_leaf) {
  const std::size_t end = meta_.page_bytes;
  const bool bounded = page.lower() >= lmdb_format::page_header_bytes && page.lower() % 2 == 0 &&
                       page.lower() <= page.upper() && page.upper() <= end;
  require(bounded, number, "has bounds outside itself");
  spans_.clear();
  bool descending = true;  // as LMDB lays them where keys come in order
  for (std::size_t index = 0; index < page.nodes(); ++index) {
    const std::size_t begin = page.node_offset(index);
    const std::size_t finish = begin + node_bytes(number, page, begin, is_leaf);
    require(finish <= end, number, "has an entry outside itself");
    descending = descending && (spans_.empty() || finish == spans_.back().first);
    spans_.emplace_back(begin, finish);
  }
  if (descending)
    std::reverse(spans_.begin(), spans_.end());
  else
    std::sort(spans_.begin(), spans_.end());
  std::size_t expected = page.upper();
  for (const auto& [begin, finish] : spans_) {
    require(begin == expected, number, "has entries that overlap or leave a gap");
    expected = finish;
  }
  require(expected == end, number, "has entries that overlap or leave a gap");
}

std::uint64_t LmdbWalk::node_bytes(std::uint64_t number, const Page& page, std::size_t offset, bool is_leaf) const {
  require(offset + lmdb_format::node_header_bytes <= meta_.page_bytes, number, "has an entry outside itself");
  const Node node{page.at + offset};
  require(node.key_bytes() <= max_key_bytes, number, "has a key that is too long");
  std::uint64_t size = lmdb_format::node_header_bytes + node.key_bytes();
  if (is_leaf) size += (node.flags() & lmdb_format::big_data) != 0 ? sizeof(std::uint64_t) : node.data_bytes();
  return size + size % 2;
}

void LmdbWalk::key_in_order(std::uint64_t number, BytesView key, const std::optional<std::string>& from,
                            const std::optional<std::string>& to) const {
  if (from) require(!before(key, *from), number, "has a key that belongs to the page before it");
  if (to) require(before(key, *to), number, "has a key that belongs to the page after it");
}

bool LmdbWalk::before(BytesView one, BytesView other) const {
  if (kind_ != Kind::free_pages) return one < other;
  const auto number = [](BytesView key) { return key.size() == 8 ? load_le<std::uint64_t>(key.data()) : 0; };
  return number(one) < number(other);
}

// The bytes in overflow pages; only those of lists of free pages are of interest.
std::string LmdbWalk::overflow(std::uint64_t number, std::uint64_t data_bytes) {
  const std::uint64_t needed = (lmdb_format::page_header_bytes - 1 + data_bytes) / meta_.page_bytes + 1;
  claim(number, 1);
  const std::vector<char> bytes = read(number, 1);
  const Page page{bytes.data()};
  require(page.number() == number, number, "has another page's number");
  require(page.flags() == lmdb_format::overflow_page, number, "is of another kind than its place in the tree wants");
  const std::uint64_t pages = page.overflow_pages();
  require(pages >= needed, number, "has fewer pages than its value takes");
  if (pages > 1) claim(number + 1, pages - 1);
  counts_.overflow_pages += pages;
  if (kind_ != Kind::free_pages) return {};
  const std::vector<char> all = read(number, needed);
  return std::string(all.data() + lmdb_format::page_header_bytes, data_bytes);
}

// A count and as many page numbers, descending.
void LmdbWalk::free_list(std::uint64_t number, BytesView ids) {
  require(ids.size() >= 8 && ids.size() % 8 == 0, number, "has a list of free pages of an impossible size");
  const std::uint64_t count = load_le<std::uint64_t>(ids.data());
  require(count < ids.size() / 8, number, "has a list of free pages that is longer than its bytes");
  std::uint64_t last = meta_.last_page + 1;
  for (std::uint64_t index = 1; index <= count; ++index) {
    const std::uint64_t free = load_le<std::uint64_t>(ids.data() + 8 * index);
    require(free >= 2 && free < last, number, "has a list of free pages that is not in order");
    last = free;
    if (free >= claimed_.size()) continue;  // behind the end of the file, where nothing can claim it
    require(!claimed_[free], free, "is in use and noted as free");
    claimed_[free] = true;
  }
}

void LmdbWalk::claim(std::uint64_t number, std::uint64_t pages) {
  require(number >= 2 && number <= meta_.last_page && pages <= meta_.last_page - number + 1, number,
          "is referred to, and is behind the last page");
  require(number + pages <= file_bytes_ / meta_.page_bytes, number, "is behind the end of the file: it was cut short");
  for (std::uint64_t each = number; each < number + pages; ++each) {
    require(!claimed_[each], each, "is in two places at once");
    claimed_[each] = true;
  }
}

std::vector<char> LmdbWalk::read(std::uint64_t number, std::uint64_t pages) {
  std::vector<char> bytes(pages * meta_.page_bytes);
  const std::size_t got = data_.read_at(number * meta_.page_bytes, bytes.data(), bytes.size());
  require(got == bytes.size(), number, "could not be read whole");
  return bytes;
}

}  // namespace laterbase
