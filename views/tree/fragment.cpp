#include "views/tree/fragment.h"

#include <algorithm>

#include "views/sql/error.h"

namespace laterbase::tree {
namespace {

sql::Json select_of(const std::string& text) {
  const auto statements = sql::parse_tree(text);
  if (statements.size() != 1 || !sql::is_node(statements[0].tree, "SelectStmt"))
    throw sql::SqlException("42601", "this is not an expression");
  return sql::node_body(statements[0].tree);
}

}  // namespace

void Fragment::add(std::string_view text, std::size_t place) {
  pieces_.push_back({sql_.size(), place, true});
  sql_ += text;
}

void Fragment::replace(std::string_view sql, std::size_t place) {
  pieces_.push_back({sql_.size(), place, false});
  sql_ += sql;
}

sql::SqlException Fragment::relocated(const sql::SqlException& error, std::size_t before) const {
  int offset = begin_;
  if (error.offset() >= static_cast<int>(before)) {
    const std::size_t at = static_cast<std::size_t>(error.offset()) - before;
    const auto next = std::upper_bound(pieces_.begin(), pieces_.end(), at,
                                       [](std::size_t place, const Piece& piece) { return place < piece.at; });
    if (next != pieces_.begin()) {
      const Piece& piece = *std::prev(next);
      offset = static_cast<int>(piece.place + (piece.same ? std::min(at, sql_.size()) - piece.at : 0));
    }
  }
  return {error.sqlstate(), error.what(), offset, error.hint()};
}

sql::Json Fragment::parsed(std::string_view before, std::string_view after) const {
  return placed(before, [&] {
    try {
      return select_of(std::string(before) + sql_ + std::string(after));
    } catch (const sql::SqlException& error) {
      if (error.offset() < static_cast<int>(before.size() + sql_.size()) || error.sqlstate() != "42601") throw;
      throw sql::SqlException("42601", "this expression is not complete",
                              static_cast<int>(before.size() + sql_.size()) - 1, "expected more of it");
    }
  });
}

}  // namespace laterbase::tree
