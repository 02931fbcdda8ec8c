#include "engine/ivm/expression.h"

#include <bit>
#include <cmath>

namespace laterbase::ivm {
namespace {

class ColumnExpression final : public Expression {
 public:
  ColumnExpression(std::size_t index, Type type)
      : Expression(type), index_(index), fixed_width_(is_fixed_width(type.kind)) {}

  Value eval(RowView row) const override { return row.value(index_, type().kind); }
  void write(RowView row, RowBuilder& to, std::size_t to_column) const override {
    to.copy(to_column, row, index_, fixed_width_);
  }
  std::optional<std::size_t> as_column() const noexcept override { return index_; }
  std::string text() const override { return "#" + std::to_string(index_); }

 private:
  std::size_t index_;
  bool fixed_width_;
};

// Quotes doubled, so that where the text ends is not in doubt.
std::string quoted(const std::string& text) {
  std::string made = "'";
  for (const char c : text) made.append(c == '\'' ? 2 : 1, c);
  return made + "'";
}

class ConstantExpression final : public Expression {
 public:
  ConstantExpression(const Value& value, Type type) : Expression(type), value_(value.owned()) {}

  Value eval(RowView) const override { return value_; }
  std::string text() const override { return quoted(to_text(value_)) + "::" + name_of(type()); }

 private:
  Value value_;
};

bool fits(Comparison comparison, std::strong_ordering order) noexcept {
  switch (comparison) {
    case Comparison::equal:
      return order == 0;
    case Comparison::not_equal:
      return order != 0;
    case Comparison::less:
      return order < 0;
    case Comparison::less_or_equal:
      return order <= 0;
    case Comparison::greater:
      return order > 0;
    case Comparison::greater_or_equal:
      return order >= 0;
  }
  return false;
}

const char* sign_of(Comparison comparison) noexcept {
  switch (comparison) {
    case Comparison::equal:
      return "=";
    case Comparison::not_equal:
      return "<>";
    case Comparison::less:
      return "<";
    case Comparison::less_or_equal:
      return "<=";
    case Comparison::greater:
      return ">";
    case Comparison::greater_or_equal:
      return ">=";
  }
  return "?";
}

// Kinds whose order is their word's.
bool ordered_by_word(TypeKind kind) noexcept { return is_fixed_width(kind) && kind != TypeKind::real8; }

std::strong_ordering order_of_columns(RowView row, std::size_t left, std::size_t right, TypeKind kind) {
  if (ordered_by_word(kind)) return row.word(left) <=> row.word(right);
  return compare(row.value(left, kind), row.value(right, kind));
}

class CompareColumns final : public Expression {
 public:
  CompareColumns(std::size_t left, Comparison comparison, std::size_t right, Type type)
      : Expression({TypeKind::boolean, {}}), left_(left), right_(right), comparison_(comparison), kind_(type.kind) {}

  Value eval(RowView row) const override {
    if (row.is_null(left_) || row.is_null(right_)) return {};
    return Value::of_bool(fits(comparison_, order_of_columns(row, left_, right_, kind_)));
  }
  bool holds(RowView row) const override {
    return !row.is_null(left_) && !row.is_null(right_) &&
           fits(comparison_, order_of_columns(row, left_, right_, kind_));
  }
  std::string text() const override {
    return "(#" + std::to_string(left_) + " " + sign_of(comparison_) + " #" + std::to_string(right_) + ")";
  }

 private:
  std::size_t left_, right_;
  Comparison comparison_;
  TypeKind kind_;
};

class CompareConstant final : public Expression {
 public:
  CompareConstant(std::size_t left, Comparison comparison, const Value& right, Type type)
      : Expression({TypeKind::boolean, {}}),
        left_(left),
        right_(right.owned()),
        comparison_(comparison),
        kind_(type.kind),
        by_word_(ordered_by_word(type.kind)) {}

  Value eval(RowView row) const override {
    if (row.is_null(left_) || right_.is_null()) return {};
    return Value::of_bool(fits(comparison_, order_with(row)));
  }
  bool holds(RowView row) const override {
    return !row.is_null(left_) && !right_.is_null() && fits(comparison_, order_with(row));
  }
  std::string text() const override {
    return "(#" + std::to_string(left_) + " " + sign_of(comparison_) + " " + constant(right_, {kind_, {}})->text() +
           ")";
  }

 private:
  std::strong_ordering order_with(RowView row) const {
    if (by_word_) return row.word(left_) <=> right_.word();
    return compare(row.value(left_, kind_), right_);
  }

  std::size_t left_;
  Value right_;
  Comparison comparison_;
  TypeKind kind_;
  bool by_word_;
};

class AllOf final : public Expression {
 public:
  explicit AllOf(std::vector<ExpressionPtr> conditions)
      : Expression({TypeKind::boolean, {}}), conditions_(std::move(conditions)) {}

  Value eval(RowView row) const override {
    Value result = Value::of_bool(true);
    for (const ExpressionPtr& condition : conditions_) {
      const Value value = condition->eval(row);
      if (value.is_null()) {
        result = {};
      } else if (!value.as_bool()) {
        return value;
      }
    }
    return result;
  }
  bool holds(RowView row) const override {
    for (const ExpressionPtr& condition : conditions_) {
      if (!condition->holds(row)) return false;
    }
    return true;
  }
  std::string text() const override {
    std::string all;
    for (const ExpressionPtr& condition : conditions_) all += (all.empty() ? "" : " AND ") + condition->text();
    return "(" + all + ")";
  }

 private:
  std::vector<ExpressionPtr> conditions_;
};

}  // namespace

bool Expression::holds(RowView row) const {
  const Value value = eval(row);
  return !value.is_null() && value.as_bool();
}

ExpressionPtr column(std::size_t index, Type type) { return std::make_shared<ColumnExpression>(index, type); }

ExpressionPtr constant(const Value& value, Type type) { return std::make_shared<ConstantExpression>(value, type); }

ExpressionPtr compare_columns(std::size_t left, Comparison comparison, std::size_t right, Type type) {
  return std::make_shared<CompareColumns>(left, comparison, right, type);
}

ExpressionPtr compare_constant(std::size_t left, Comparison comparison, const Value& right, Type type) {
  return std::make_shared<CompareConstant>(left, comparison, right, type);
}

ExpressionPtr all_of(std::vector<ExpressionPtr> conditions) { return std::make_shared<AllOf>(std::move(conditions)); }

}  // namespace laterbase::ivm
