#pragma once

#include <cstdint>

#include "engine/base/bytes.h"

// LMDB 0.9's file format as far as lmdb_check.cpp needs it, on 64-bit little-endian machines; from mdb.c's MDB_page,
// MDB_node, MDB_db and MDB_meta. Views of bytes that have been read: every offset is checked by the caller.
namespace laterbase::lmdb_format {

constexpr std::uint32_t file_magic = 0xBEEFC0DE;
constexpr std::uint32_t file_version = 1;
constexpr std::uint64_t no_page = ~std::uint64_t{0};
constexpr std::size_t page_header_bytes = 16;
constexpr std::size_t node_header_bytes = 8;
constexpr std::size_t tree_bytes = 48;
constexpr std::size_t meta_bytes = page_header_bytes + 136;
constexpr unsigned max_depth = 32;

enum PageFlags : std::uint16_t { branch_page = 0x01, leaf_page = 0x02, overflow_page = 0x04, meta_page = 0x08 };
enum NodeFlags : std::uint16_t { big_data = 0x01, sub_tree = 0x02 };
constexpr std::uint16_t integer_keys = 0x08;  // of a tree

struct Page {
  const char* at;
  std::uint64_t number() const { return load_le<std::uint64_t>(at); }
  std::uint16_t flags() const { return load_le<std::uint16_t>(at + 10); }
  std::uint16_t lower() const { return load_le<std::uint16_t>(at + 12); }
  std::uint16_t upper() const { return load_le<std::uint16_t>(at + 14); }
  std::uint32_t overflow_pages() const { return load_le<std::uint32_t>(at + 12); }
  std::size_t nodes() const { return (lower() - page_header_bytes) / 2; }
  std::uint16_t node_offset(std::size_t index) const {
    return load_le<std::uint16_t>(at + page_header_bytes + 2 * index);
  }
};

struct Node {
  const char* at;
  std::uint32_t data_bytes() const { return load_le<std::uint32_t>(at); }
  std::uint16_t flags() const { return load_le<std::uint16_t>(at + 4); }
  std::uint16_t key_bytes() const { return load_le<std::uint16_t>(at + 6); }
  std::uint64_t child() const { return data_bytes() | std::uint64_t{flags()} << 32; }
  BytesView key() const { return {at + node_header_bytes, key_bytes()}; }
  const char* data() const { return at + node_header_bytes + key_bytes(); }
};

struct Tree {
  std::uint32_t pad;  // the page size, in the tree of free pages
  std::uint16_t flags;
  std::uint16_t depth;
  std::uint64_t branch_pages;
  std::uint64_t leaf_pages;
  std::uint64_t overflow_pages;
  std::uint64_t entries;
  std::uint64_t root;

  static Tree load(const char* at) {
    return {load_le<std::uint32_t>(at),      load_le<std::uint16_t>(at + 4),  load_le<std::uint16_t>(at + 6),
            load_le<std::uint64_t>(at + 8),  load_le<std::uint64_t>(at + 16), load_le<std::uint64_t>(at + 24),
            load_le<std::uint64_t>(at + 32), load_le<std::uint64_t>(at + 40)};
  }
};

struct Meta {
  const char* at;  // of its page
  std::uint32_t magic() const { return load_le<std::uint32_t>(at + 16); }
  std::uint32_t version() const { return load_le<std::uint32_t>(at + 20); }
  Tree free_pages() const { return Tree::load(at + 40); }
  Tree main() const { return Tree::load(at + 88); }
  std::uint64_t last_page() const { return load_le<std::uint64_t>(at + 136); }
  std::uint64_t transaction() const { return load_le<std::uint64_t>(at + 144); }
};

}  // namespace laterbase::lmdb_format
