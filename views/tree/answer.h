#pragma once

#include <string>
#include <vector>

#include "engine/ivm/circuit.h"
#include "views/tree/query.h"

// The nested JSON of a query, out of its levels' rows.
//
// Threads: while nobody steps the circuit, any. Lifetime: borrows all that it is given.
// Errors: SqlException 54000 where the answer is over the bound. Cost: of the answer, not of the levels.
namespace laterbase::tree {

inline constexpr std::size_t longest_answer_bytes = std::size_t{64} << 20;

// One level's rows, indexed as Level::indexes says.
using LevelRows = std::vector<const ivm::OutputRows*>;

// A value as row_to_json writes it.
using WriteValue = void (*)(std::string& out, const ivm::Value& value, ivm::Type type);

class Answer {
 public:
  Answer(const Query& query, LevelRows rows, WriteValue write) : query_(query), rows_(std::move(rows)), write_(write) {}

  // Of the whole tree.
  void append(std::string& out) const { append_list(out, 0, {}); }
  // What the parent's row has in that level.
  void append_below(std::string& out, std::size_t level, ivm::RowView parent) const;
  // One row and all below it.
  void append_object(std::string& out, std::size_t level, ivm::RowView row) const;
  void append_column(std::string& out, std::size_t level, ivm::RowView row, std::size_t column) const;

  const Query& query() const noexcept { return query_; }
  const ivm::OutputRows& rows(std::size_t level) const { return *rows_.at(level); }

 private:
  void append_list(std::string& out, std::size_t level, const std::vector<ivm::Value>& key) const;

  const Query& query_;
  LevelRows rows_;
  WriteValue write_;
};

// Text between quotes, as JSON has it.
void append_quoted(std::string& out, std::string_view text);
// The values of some columns of a row; they borrow from it.
std::vector<ivm::Value> values_at(ivm::RowView row, const std::vector<std::size_t>& columns, const ivm::Schema& schema);
// All rows that begin with these values in an index.
ivm::Range range_of(const std::vector<ivm::Value>& values);

}  // namespace laterbase::tree
