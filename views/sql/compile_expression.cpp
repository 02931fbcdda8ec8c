#include <algorithm>
#include <array>
#include <map>

#include "engine/base/invariant.h"
#include "engine/ivm/expression.h"
#include "views/sql/compile.h"
#include "views/sql/function.h"

// Bound expressions as trees that operators evaluate.
namespace laterbase::sql {
namespace {

using ivm::Expression;
using ivm::ExpressionPtr;
using ivm::RowView;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;

std::string texts_of(const std::vector<ExpressionPtr>& args, const char* between) {
  std::string text;
  for (const ExpressionPtr& arg : args) text += (text.empty() ? "" : between) + arg->text();
  return text;
}

// An expression over others, with its name for EXPLAIN.
class Composed : public Expression {
 public:
  Composed(Type type, std::string name, std::vector<ExpressionPtr> args)
      : Expression(type), args_(std::move(args)), text_(std::move(name) + "(" + texts_of(args_, ", ") + ")") {}
  std::string text() const override { return text_; }

 protected:
  const std::vector<ExpressionPtr>& args() const noexcept { return args_; }
  Value arg(std::size_t i, RowView row) const { return args_[i]->eval(row); }
  void set_text(std::string text) { text_ = std::move(text); }

 private:
  std::vector<ExpressionPtr> args_;
  std::string text_;
};

class Call final : public Composed {
 public:
  Call(const Function& function, Type type, std::vector<ExpressionPtr> given)
      : Composed(type, function.name, std::move(given)), function_(function) {
    const bool sign =
        !function.name.empty() &&
        (function.name[0] < '0' || function.name[0] == '~' || (function.name[0] > '9' && function.name[0] < 'A')) &&
        function.name[0] != ' ';
    if (sign && args().size() == 2) {
      set_text("(" + args()[0]->text() + " " + function.name + " " + args()[1]->text() + ")");
    }
    if (function.name.starts_with("cast") || function.name == "modifier") {
      set_text(args()[0]->text() + "::" + ivm::name_of(type) + (args().size() > 1 ? texts_of(args(), ",") : ""));
    }
  }

  Value eval(RowView row) const override {
    constexpr std::size_t few = 4;
    const std::size_t count = args().size();
    if (count <= few) {
      std::array<Value, few> values;
      return evaluate(row, std::span<Value>(values.data(), count));
    }
    std::vector<Value> values(count);
    return evaluate(row, values);
  }

 private:
  Value evaluate(RowView row, std::span<Value> values) const {
    // All of them, as PostgreSQL does: a later one may raise an error.
    bool some_null = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = arg(i, row);
      some_null = some_null || values[i].is_null();
    }
    if (function_.strict && some_null) return {};
    return function_.evaluate(values, type());
  }

  const Function& function_;
};

// AND and OR: `deciding` is what ends them.
class Logical final : public Composed {
 public:
  Logical(bool deciding, std::vector<ExpressionPtr> given)
      : Composed({TypeKind::boolean}, "", std::move(given)), deciding_(deciding) {
    set_text("(" + texts_of(args(), deciding ? " OR " : " AND ") + ")");
  }
  Value eval(RowView row) const override {
    bool unknown = false;
    for (const ExpressionPtr& at : args()) {
      const Value value = at->eval(row);
      if (value.is_null()) {
        unknown = true;
      } else if (value.as_bool() == deciding_) {
        return value;
      }
    }
    return unknown ? Value() : Value::of_bool(!deciding_);
  }

 private:
  bool deciding_;
};

class Negation final : public Composed {
 public:
  explicit Negation(std::vector<ExpressionPtr> given) : Composed({TypeKind::boolean}, "NOT ", std::move(given)) {}
  Value eval(RowView row) const override {
    const Value value = arg(0, row);
    return value.is_null() ? value : Value::of_bool(!value.as_bool());
  }
};

class IsNull final : public Composed {
 public:
  explicit IsNull(std::vector<ExpressionPtr> given) : Composed({TypeKind::boolean}, "is_null", std::move(given)) {}
  Value eval(RowView row) const override { return Value::of_bool(arg(0, row).is_null()); }
};

class NotDistinct final : public Composed {
 public:
  explicit NotDistinct(std::vector<ExpressionPtr> given)
      : Composed({TypeKind::boolean}, "not_distinct", std::move(given)) {}
  Value eval(RowView row) const override { return Value::of_bool(arg(0, row) == arg(1, row)); }
};

class Case final : public Composed {
 public:
  Case(Type type, std::vector<ExpressionPtr> given) : Composed(type, "case", std::move(given)) {}
  Value eval(RowView row) const override {
    std::size_t i = 0;
    for (; i + 1 < args().size(); i += 2) {
      if (args()[i]->holds(row)) return arg(i + 1, row);
    }
    return arg(i, row);
  }
};

class Coalesce final : public Composed {
 public:
  Coalesce(Type type, std::vector<ExpressionPtr> given) : Composed(type, "coalesce", std::move(given)) {}
  Value eval(RowView row) const override {
    for (const ExpressionPtr& at : args()) {
      Value value = at->eval(row);
      if (!value.is_null()) return value;
    }
    return {};
  }
};

class NullIf final : public Composed {
 public:
  NullIf(Type type, std::vector<ExpressionPtr> given) : Composed(type, "nullif", std::move(given)) {}
  Value eval(RowView row) const override {
    if (args()[1]->holds(row)) return {};
    return arg(0, row);
  }
};

class Array final : public Composed {
 public:
  Array(Type type, std::vector<ExpressionPtr> given) : Composed(type, "array", std::move(given)) {}
  Value eval(RowView row) const override {
    std::vector<Value> elements;
    for (const ExpressionPtr& at : args()) elements.push_back(at->eval(row));
    return Value::of_array(elements);
  }
};

class Quantified final : public Composed {
 public:
  Quantified(const Function& function, bool all, std::vector<ExpressionPtr> given)
      : Composed({TypeKind::boolean}, function.name + (all ? " ALL" : " ANY"), std::move(given)),
        function_(function),
        all_(all) {}
  Value eval(RowView row) const override {
    const Value left = arg(0, row);
    const Value array = arg(1, row);
    if (array.is_null()) return {};
    bool unknown = false;
    for (const Value& element : array.as_array()) {
      const std::array<Value, 2> pair = {left, element};
      const Value result = left.is_null() || element.is_null() ? Value() : function_.evaluate(pair, type());
      if (result.is_null()) {
        unknown = true;
      } else if (result.as_bool() != all_) {
        return Value::of_bool(!all_);
      }
    }
    return unknown ? Value() : Value::of_bool(all_);
  }

 private:
  const Function& function_;
  bool all_;
};

std::optional<ivm::Comparison> comparison_of(const std::string& name) {
  static const std::map<std::string, ivm::Comparison, std::less<>> comparisons = {
      {"=", ivm::Comparison::equal},   {"<>", ivm::Comparison::not_equal},
      {"<", ivm::Comparison::less},    {"<=", ivm::Comparison::less_or_equal},
      {">", ivm::Comparison::greater}, {">=", ivm::Comparison::greater_or_equal}};
  const auto found = comparisons.find(name);
  return found == comparisons.end() ? std::nullopt : std::optional(found->second);
}

ivm::Comparison mirrored(ivm::Comparison comparison) {
  using enum ivm::Comparison;
  switch (comparison) {
    case less:
      return greater;
    case less_or_equal:
      return greater_or_equal;
    case greater:
      return less;
    case greater_or_equal:
      return less_or_equal;
    default:
      return comparison;
  }
}

// What operators know a shorter way for: a column and a column or a constant of one type.
ExpressionPtr as_comparison(const Expr& expr) {
  const auto comparison = expr.args.size() == 2 ? comparison_of(expr.function->name) : std::nullopt;
  if (!comparison || expr.args[0]->type != expr.args[1]->type) return nullptr;
  const Expr& left = *expr.args[0];
  const Expr& right = *expr.args[1];
  if (left.kind == ExprKind::column && right.kind == ExprKind::column) {
    return ivm::compare_columns(left.index, *comparison, right.index, left.type);
  }
  if (left.kind == ExprKind::column && right.kind == ExprKind::constant) {
    return ivm::compare_constant(left.index, *comparison, right.value, left.type);
  }
  if (left.kind == ExprKind::constant && right.kind == ExprKind::column) {
    return ivm::compare_constant(right.index, mirrored(*comparison), left.value, right.type);
  }
  return nullptr;
}

// Whatever the row: a strict function of NULL is NULL, and PostgreSQL doesn't look at its other arguments then.
bool is_always_null(const Expr& expr) {
  if (expr.kind == ExprKind::constant) return expr.value.is_null();
  const bool strict = expr.kind == ExprKind::call && expr.function->strict;
  return strict &&
         std::any_of(expr.args.begin(), expr.args.end(), [](const auto& arg) { return is_always_null(*arg); });
}

}  // namespace

ivm::ExpressionPtr compile_expression(const ExprPtr& expr) {
  if (expr->kind == ExprKind::call) {
    if (is_always_null(*expr)) return ivm::constant(Value(), expr->type);
    if (ExpressionPtr comparison = as_comparison(*expr)) return comparison;
  }
  std::vector<ExpressionPtr> args;
  for (const ExprPtr& arg : expr->args) args.push_back(compile_expression(arg));
  switch (expr->kind) {
    case ExprKind::constant:
      return ivm::constant(expr->value, expr->type);
    case ExprKind::column:
      return ivm::column(expr->index, expr->type);
    case ExprKind::call:
      return std::make_shared<Call>(*expr->function, expr->type, std::move(args));
    case ExprKind::all_true:
      return std::make_shared<Logical>(false, std::move(args));
    case ExprKind::any_true:
      return std::make_shared<Logical>(true, std::move(args));
    case ExprKind::negation:
      return std::make_shared<Negation>(std::move(args));
    case ExprKind::is_null:
      return std::make_shared<IsNull>(std::move(args));
    case ExprKind::not_distinct:
      return std::make_shared<NotDistinct>(std::move(args));
    case ExprKind::case_when:
      return std::make_shared<Case>(expr->type, std::move(args));
    case ExprKind::coalesce:
      return std::make_shared<Coalesce>(expr->type, std::move(args));
    case ExprKind::null_if:
      return std::make_shared<NullIf>(expr->type, std::move(args));
    case ExprKind::array:
      return std::make_shared<Array>(expr->type, std::move(args));
    case ExprKind::quantified:
      return std::make_shared<Quantified>(*expr->function, expr->index == 1, std::move(args));
    case ExprKind::outer:
    case ExprKind::aggregate:
    case ExprKind::window:
    case ExprKind::subquery:
      break;
  }
  LATERBASE_INVARIANT(false, "an expression that binding should have replaced");
  return nullptr;
}

ivm::Value evaluate_constant(const ExprPtr& expr) { return compile_expression(expr)->eval(RowView{}).owned(); }

}  // namespace laterbase::sql
