#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "engine/ivm/row.h"

// What an operator asks of each row: a compiled, pure expression. Those that read a column, or compare one with a
// constant, are here, because operators know shorter ways for them; all others are made by who speaks SQL.
namespace laterbase::ivm {

// A row for which an expression has no value (division by zero). Thrown out of a step, which then has not happened.
class EvalError : public std::runtime_error {
 public:
  EvalError(const char* state, const std::string& message) : std::runtime_error(message), sqlstate_(state) {}
  const std::string& sqlstate() const noexcept { return sqlstate_; }  // "22012"

 private:
  std::string sqlstate_;
};

// Threads: immutable, so any. Errors: eval, holds and write throw EvalError, and nothing else.
class Expression {
 public:
  explicit Expression(Type type) noexcept : type_(type) {}
  virtual ~Expression() = default;
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;

  Type type() const noexcept { return type_; }

  // The value for this row; may borrow from the row and from this expression.
  virtual Value eval(RowView row) const = 0;
  // Whether it is true, neither false nor NULL: of conditions.
  virtual bool holds(RowView row) const;
  // eval() into a column of a new row.
  virtual void write(RowView row, RowBuilder& to, std::size_t column) const { to.value(column, eval(row)); }
  // The column that this is, where it is nothing else.
  virtual std::optional<std::size_t> as_column() const noexcept { return std::nullopt; }

  // For EXPLAIN, and the name under which equal expressions share work: equal texts mean equal expressions.
  virtual std::string text() const = 0;

 private:
  Type type_;
};

using ExpressionPtr = std::shared_ptr<const Expression>;

enum class Comparison { equal, not_equal, less, less_or_equal, greater, greater_or_equal };

ExpressionPtr column(std::size_t index, Type type);
ExpressionPtr constant(const Value& value, Type type);
// `left OP right` of two columns or column and constant of one kind, NULL where either is; by words where they are
// fixed-width.
ExpressionPtr compare_columns(std::size_t left, Comparison comparison, std::size_t right, Type type);
ExpressionPtr compare_constant(std::size_t left, Comparison comparison, const Value& right, Type type);
ExpressionPtr all_of(std::vector<ExpressionPtr> conditions);  // AND

}  // namespace laterbase::ivm
