#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "views/sql/error.h"
#include "views/sql/parse_tree.h"

// A piece of a tree query that is SQL: as PostgreSQL's parser shall see it, and where each part of it came from.
namespace laterbase::tree {

class Fragment {
 public:
  explicit Fragment(std::size_t begin) : begin_(static_cast<int>(begin)) {}

  // As it stands in the text, from this place on.
  void add(std::string_view text, std::size_t place);
  // What stands for something else in the text: what goes wrong in it went wrong at `place`.
  void replace(std::string_view sql, std::size_t place);

  const std::string& sql() const noexcept { return sql_; }
  bool empty() const noexcept { return sql_.empty(); }
  int begin() const noexcept { return begin_; }

  // PostgreSQL's parse tree of the text with something around it; only `before` may change what it means.
  // Errors: SqlException with its place in the tree query.
  sql::Json parsed(std::string_view before, std::string_view after) const;
  // Runs what works on that tree; its SqlException has its place in the tree query too.
  template <typename Work>
  auto placed(std::string_view before, const Work& work) const {
    try {
      return work();
    } catch (const sql::SqlException& error) {
      throw relocated(error, before.size());
    }
  }

 private:
  struct Piece {
    std::size_t at;     // in sql_
    std::size_t place;  // in the text
    bool same;          // byte by byte
  };
  sql::SqlException relocated(const sql::SqlException& error, std::size_t before) const;

  int begin_;
  std::string sql_;
  std::vector<Piece> pieces_;
};

}  // namespace laterbase::tree
