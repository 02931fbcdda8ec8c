#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/storage/disk.h"
#include "engine/storage/lmdb_check.h"
#include "engine/storage/lmdb_format.h"

namespace laterbase {

// Walks all trees of an environment's file. Throws Failure{damaged} at the first page that is not as LMDB writes it.
class LmdbWalk {
 public:
  LmdbWalk(File& data, const LmdbMeta& meta);
  void run(const lmdb_format::Tree& free_pages, const lmdb_format::Tree& main);

 private:
  enum class Kind { free_pages, main, table };

  struct Counts {
    std::uint64_t branch_pages = 0;
    std::uint64_t leaf_pages = 0;
    std::uint64_t overflow_pages = 0;
    std::uint64_t entries = 0;
  };

  // What all keys under a page have to be: at or after `from`, before `to`.
  struct Bounds {
    std::optional<std::string> from;
    std::optional<std::string> to;
  };

  void tree(const lmdb_format::Tree& tree, Kind kind);
  void page(std::uint64_t number, unsigned levels_below, const Bounds& bounds);
  void branch(std::uint64_t number, const std::vector<char>& bytes, unsigned levels_below, const Bounds& bounds);
  void leaf(std::uint64_t number, const std::vector<char>& bytes, const Bounds& bounds);
  void leaf_node(std::uint64_t number, const lmdb_format::Node& node);
  void nodes_fill_page(std::uint64_t number, const lmdb_format::Page& page, bool is_leaf);
  std::uint64_t node_bytes(std::uint64_t number, const lmdb_format::Page& page, std::size_t offset, bool is_leaf) const;
  void key_in_order(std::uint64_t number, BytesView key, const std::optional<std::string>& from,
                    const std::optional<std::string>& to) const;
  bool before(BytesView one, BytesView other) const;
  std::string overflow(std::uint64_t number, std::uint64_t data_bytes);
  void free_list(std::uint64_t number, BytesView ids);

  void claim(std::uint64_t number, std::uint64_t pages);
  std::vector<char> read(std::uint64_t number, std::uint64_t pages);

  File& data_;
  LmdbMeta meta_;
  std::uint64_t file_bytes_;
  std::vector<bool> claimed_;
  Kind kind_ = Kind::free_pages;
  Counts counts_;
  std::vector<lmdb_format::Tree> tables_;
  std::vector<std::pair<std::size_t, std::size_t>> spans_;  // of the nodes of one page: begin, end
};

}  // namespace laterbase
