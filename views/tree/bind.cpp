#include <fmt/format.h>

#include <algorithm>

#include "engine/ivm/expression.h"
#include "views/sql/bind_query.h"
#include "views/sql/error.h"
#include "views/sql/function.h"
#include "views/sql/subquery.h"
#include "views/tree/after.h"
#include "views/tree/draft.h"

// Names become columns: each node as a query inside of the one around it.
namespace laterbase::tree {
namespace {

using sql::ExprPtr;
using sql::Json;
using sql::PlanPtr;
using sql::SqlException;

constexpr std::string_view before = "SELECT (";
constexpr std::string_view closing = "\n)";
constexpr std::string_view before_order = "SELECT 1 ORDER BY ";

// The members of a SELECT that holds nothing but what was asked for.
void allow_only(const Json& select, std::string_view clause) {
  for (const auto& [name, value] : select.items()) {
    const bool allowed = name == "targetList" || name == clause || name == "limitOption" || name == "op";
    if (!allowed) throw SqlException("42601", "this is not an expression");
  }
}

const Json& only_target(const Json& select) {
  allow_only(select, "");
  const Json& targets = sql::list_member(select, "targetList");
  if (targets.size() != 1) throw SqlException("42601", "one expression is expected");
  return sql::member(sql::node_body(targets[0]), "val");
}

// Whether a condition leaves at most one row for each of what is around: it says what the whole key is.
bool fixes(const std::vector<std::size_t>& key, const ExprPtr& condition) {
  std::vector<ExprPtr> terms;
  sql::split_conjunction(condition, terms);
  const auto fixed = [&](std::size_t column) {
    return std::any_of(terms.begin(), terms.end(), [&](const ExprPtr& term) {
      if (term->kind != sql::ExprKind::call || term->function->name != "=" || term->args.size() != 2) return false;
      for (const std::size_t side : {0U, 1U}) {
        const ExprPtr& one = term->args[side];
        const ExprPtr& other = term->args[1 - side];
        if (one->kind == sql::ExprKind::column && one->index == column && sql::columns_of(other).empty() &&
            !sql::has_subquery(other))
          return true;
      }
      return false;
    });
  };
  return !key.empty() && std::all_of(key.begin(), key.end(), fixed);
}

class Binder {
 public:
  explicit Binder(sql::BindContext& context) : context_(context) {}

  std::vector<Draft> bind(const Node& root) {
    node(root, "", nullptr, {});
    return std::move(drafts_);
  }

 private:
  // A node's relation and what has been said of it.
  struct At {
    const Node& node;
    const sql::Level& level;
    std::size_t width;  // the relation's columns
    PlanPtr plan;       // begins with them
    ExprPtr condition;  // of WHERE
  };

  sql::ExpressionBinder binder(const At& at, const char* clause) { return {context_, at.level, none_, clause}; }

  std::size_t node(const Node& node, const std::string& field, const sql::Level* around,
                   const std::vector<std::size_t>& path) {
    Fragment item(static_cast<std::size_t>(node.relation.offset));
    item.replace(item_of(node), static_cast<std::size_t>(node.relation.offset));
    constexpr std::string_view from = "SELECT 1 FROM ";
    const Json select = item.parsed(from, "");
    sql::QueryBinder queries(context_, around, {});
    const sql::Level level{
        around, item.placed(from, [&] { return queries.bind_from(sql::list_member(select, "fromClause")); })};
    At at{node, level, level.from.plan->columns.size(), level.from.plan, sql::boolean_constant(true)};
    const std::size_t place = drafts_.size();
    drafts_.emplace_back();
    drafts_[place].kind = node.kind;
    drafts_[place].path = path;
    static constexpr const char* kinds[] = {"many", "one", "count", "exists"};
    drafts_[place].name = fmt::format("level {}: {}{}{} {}", place, field, field.empty() ? "" : ": ",
                                      kinds[static_cast<std::size_t>(node.kind)], node.relation.name);
    where(at);
    if (node.kind == NodeKind::many || node.kind == NodeKind::one) rows(at, place);
    drafts_[place].plan = at.plan;
    return place;
  }

  void where(At& at) {
    if (!at.node.where) return;
    const Json select = at.node.where->parsed(before, closing);
    at.node.where->placed(before, [&] {
      at.condition = binder(at, "WHERE").bind_condition(only_target(select));
      at.plan = sql::filter_subqueries(at.plan, at.condition);
    });
  }

  void rows(At& at, std::size_t place) {
    const sql::Relation& relation = *at.level.from.tables.at(0).relation;
    std::vector<sql::SortKey> keys = order_keys(at);
    const std::size_t asked = keys.size();
    for (const std::size_t column : tie_columns(relation)) {
      const auto is_column = [&](const sql::SortKey& key) {
        return key.expr->kind == sql::ExprKind::column && key.expr->index == column;
      };
      if (std::none_of(keys.begin(), keys.end(), is_column))
        keys.push_back({sql::column_at(column, at.plan->columns[column].type), false, false});
    }
    compute(at, keys);
    after(at, keys, asked);
    drafts_[place].is_short = limit(at, relation, keys);
    for (const sql::SortKey& key : keys)
      drafts_[place].order.push_back({key.expr->index, key.descending, key.nulls_first});
    drafts_[place].identity = relation.primary_key;
    fields(at, place);
  }

  // What makes the order total: the key, or all columns.
  std::vector<std::size_t> tie_columns(const sql::Relation& relation) const {
    if (!relation.primary_key.empty()) return relation.primary_key;
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < relation.columns.size(); ++i) all.push_back(i);
    return all;
  }

  std::vector<sql::SortKey> order_keys(const At& at) {
    std::vector<sql::SortKey> keys;
    if (!at.node.order) return keys;
    const Json select = at.node.order->parsed(before_order, "");
    return at.node.order->placed(before_order, [&] {
      allow_only(select, "sortClause");
      for (const Json& sort : sql::list_member(select, "sortClause")) {
        const Json& what = sql::member(sql::node_body(sort), "node");
        if (sql::is_node(what, "A_Const"))
          throw SqlException("42601", "a constant orders nothing", sql::node_location(what),
                             "expected a column or an expression over columns");
        sql::ExpressionBinder order_binder = binder(at, "ORDER BY");
        const Field* field = field_named(at.node, what);
        const ExprPtr expr = field != nullptr ? bound_field(at, *field) : order_binder.bind(what);
        keys.push_back(order_binder.bind_sort_key(sql::node_body(sort), sql::known(expr)));
      }
      return keys;
    });
  }

  // As in SQL, ORDER BY may name what is shown.
  static const Field* field_named(const Node& node, const Json& what) {
    if (!sql::is_node(what, "ColumnRef")) return nullptr;
    const Json& parts = sql::list_member(sql::node_body(what), "fields");
    if (parts.size() != 1) return nullptr;
    const std::string name = sql::string_node(parts[0]);
    const auto found = std::find_if(node.fields.begin(), node.fields.end(), [&](const Field& field) {
      return field.name.name == name && field.expression && !field.all;
    });
    return found == node.fields.end() ? nullptr : &*found;
  }

  ExprPtr bound_field(const At& at, const Field& field) {
    const Json select = field.expression->parsed(before, closing);
    return field.expression->placed(
        before, [&] { return sql::known(binder(at, "a tree's fields").bind(only_target(select))); });
  }

  // Expressions become columns at the end of the plan.
  static void compute(At& at, std::vector<sql::SortKey>& keys) {
    std::vector<ExprPtr> exprs;
    for (const sql::SortKey& key : keys) exprs.push_back(key.expr);
    place(at, exprs);
    for (std::size_t i = 0; i < keys.size(); ++i) keys[i].expr = exprs[i];
  }
  static void place(At& at, std::vector<ExprPtr>& exprs) {
    const std::size_t width = at.plan->columns.size();
    const auto is_column = [](const ExprPtr& expr) { return expr->kind == sql::ExprKind::column; };
    if (std::all_of(exprs.begin(), exprs.end(), is_column)) return;
    at.plan = sql::attach_subqueries(at.plan, exprs);
    std::vector<ExprPtr> columns = sql::columns_of_plan(*at.plan);
    columns.resize(width);
    for (ExprPtr& expr : exprs) {
      if (is_column(expr) && expr->index < width) continue;
      columns.push_back(expr);
      expr = sql::column_at(columns.size() - 1, expr->type, expr->offset);
    }
    at.plan = sql::project(at.plan, columns);
  }

  void after(At& at, const std::vector<sql::SortKey>& keys, std::size_t asked) {
    if (!at.node.after) return;
    const Json select = at.node.after->parsed(before, closing);
    at.node.after->placed(before, [&] {
      const Json& target = only_target(select);
      sql::ExpressionBinder values_binder = binder(at, "AFTER");
      const std::vector<ExprPtr> values =
          sql::is_node(target, "RowExpr") ? values_binder.bind_list(sql::list_member(sql::node_body(target), "args"))
                                          : std::vector<ExprPtr>{values_binder.bind(target)};
      if (values.size() != keys.size() && (values.size() != asked || asked == 0)) {
        const std::string wanted = asked == 0 || asked == keys.size() ? fmt::format("{}", keys.size())
                                                                      : fmt::format("{} or {}", asked, keys.size());
        throw SqlException("42601", fmt::format("AFTER has {} value(s)", values.size()), sql::node_location(target),
                           fmt::format("expected {}: of what ORDER BY names, and of the key that breaks ties", wanted));
      }
      for (const ExprPtr& value : values)
        if (!sql::columns_of(value).empty() || sql::has_subquery(value))
          throw SqlException("42601", "AFTER can't depend on the rows that it is about", value->offset,
                             "expected constants, parameters, or columns of a node around");
      at.plan = sql::filter(at.plan, comes_after(keys, values));
    });
  }

  // Whether the lists are short.
  bool limit(At& at, const sql::Relation& relation, const std::vector<sql::SortKey>& keys) {
    const bool at_most_one = fixes(relation.primary_key, at.condition);
    sql::Limit limit;
    limit.order = keys;
    if (at.node.limit) limit.count = count(at);
    if (at.node.kind == NodeKind::one) limit.count = std::min<std::uint64_t>(limit.count.value_or(1), 1);
    const bool is_short = at_most_one || (limit.count && *limit.count <= longest_short_list);
    if (!limit.count || (at_most_one && *limit.count > 0)) return is_short;
    std::vector<sql::PlanColumn> columns = at.plan->columns;
    at.plan = sql::make_plan(std::move(limit), {at.plan}, std::move(columns));
    return is_short;
  }

  std::optional<std::uint64_t> count(const At& at) {
    const Json select = at.node.limit->parsed(before, closing);
    return at.node.limit->placed(before, [&]() -> std::optional<std::uint64_t> {
      const sql::Level nothing{nullptr};
      const Json& target = only_target(select);
      const int offset = sql::node_location(target);
      sql::ExpressionBinder number(context_, nothing, none_, "LIMIT");
      const ExprPtr value =
          sql::folded(sql::coerce(number.bind(target), {ivm::TypeKind::bigint}, sql::CastContext::assignment, offset));
      if (!sql::is_constant(value))
        throw SqlException("42601", "LIMIT is not constant", offset, "expected a number or a parameter");
      if (value->value.is_null()) return std::nullopt;
      if (value->value.as_int() < 0) throw SqlException("2201W", "LIMIT must not be negative", offset);
      return static_cast<std::uint64_t>(value->value.as_int());
    });
  }

  void fields(At& at, std::size_t place_of_node) {
    std::vector<std::size_t> path = drafts_[place_of_node].path;
    path.push_back(place_of_node);
    std::vector<Shown> shown;
    std::vector<ExprPtr> exprs;
    std::vector<std::size_t> exprs_of;  // which of shown
    for (const Field& field : at.node.fields) {
      if (field.all) {
        all_columns(at, field, shown);
        continue;
      }
      check_name(shown, field.name);
      shown.push_back({field.name.name, std::nullopt, 0});
      if (field.node) {
        shown.back().level = node(*field.node, field.name.name, &at.level, path);
        drafts_[place_of_node].children.push_back(shown.back().level);
      } else {
        exprs_of.push_back(shown.size() - 1);
        exprs.push_back(bound_field(at, field));
      }
    }
    place(at, exprs);
    for (std::size_t i = 0; i < exprs.size(); ++i) shown[exprs_of[i]].column = exprs[i]->index;
    drafts_[place_of_node].fields = std::move(shown);
  }

  static void check_name(const std::vector<Shown>& shown, const NameAt& name) {
    for (const Shown& other : shown)
      if (other.name == name.name)
        throw SqlException("42701", fmt::format("field \"{}\" is there twice", name.name), name.offset,
                           "expected another name: name: …");
  }

  void all_columns(const At& at, const Field& field, std::vector<Shown>& shown) const {
    for (std::size_t i = 0; i < at.level.from.visible.size(); ++i) {
      const sql::VisibleColumn& column = at.level.from.visible[i];
      if (column.refused) continue;
      check_name(shown, {column.name, field.name.offset});
      shown.push_back({column.name, i, 0});
    }
  }

  sql::BindContext& context_;
  const sql::CommonTables none_;
  std::vector<Draft> drafts_;
};

// $1, $2, … in the order of the fragments.
std::vector<sql::Parameter> parameters_of(const Syntax& syntax, const Parameters& sent) {
  if (syntax.parameters.empty()) return sent.numbered;
  std::vector<sql::Parameter> all;
  for (const NameAt& name : syntax.parameters) {
    const auto found = sent.named.find(name.name);
    if (found == sent.named.end())
      throw SqlException("42P02", fmt::format("there is no parameter ${}", name.name), name.offset);
    all.push_back(found->second);
  }
  return all;
}

}  // namespace

sql::SqlResult<Query> read(std::string_view text, const sql::Catalog& catalog, const Asked& asked) {
  const auto syntax = parse(text);
  if (!syntax) return syntax.error();
  try {
    std::vector<sql::Parameter> parameters;
    if (asked.parameters != nullptr) parameters = parameters_of(*syntax, *asked.parameters);
    sql::BindContext context{catalog, asked.parameters != nullptr ? &parameters : nullptr, asked.definition,
                             asked.replicated};
    return Query{levels_of(Binder(context).bind(syntax->root))};
  } catch (const SqlException& error) {
    return error.in(text);
  } catch (const ivm::EvalError& error) {
    return sql::SqlError{error.sqlstate(), error.what(), "", 0};
  }
}

}  // namespace laterbase::tree
