#include "views/sql/plan_text.h"

#include "views/sql/function.h"
#include "views/sql/json_value.h"
#include "views/sql/types.h"

namespace laterbase::sql {
namespace {

std::string list(const std::vector<ExprPtr>& exprs) {
  std::string text;
  for (const ExprPtr& expr : exprs) text += (text.empty() ? "" : ", ") + describe(expr);
  return "(" + text + ")";
}

std::string list(const std::vector<SortKey>& keys) {
  std::string text;
  for (const SortKey& key : keys) {
    text += (text.empty() ? "" : ", ") + describe(key.expr) + (key.descending ? " desc" : " asc") +
            (key.nulls_first ? " nulls first" : "");
  }
  return "[" + text + "]";
}

std::string number(std::size_t value) { return std::to_string(value); }

struct Describe {
  std::string operator()(const Scan& scan) const { return "scan " + scan.relation + (scan.with_subject ? "+" : ""); }
  std::string operator()(const Rows& rows) const {
    std::string text = "rows";
    for (const auto& row : rows.rows) text += " " + list(row);
    return text;
  }
  std::string operator()(const Project& project) const { return "project " + list(project.exprs); }
  std::string operator()(const Filter& filter) const { return "filter " + describe(filter.condition); }
  std::string operator()(const Join& join) const {
    static constexpr const char* kinds[] = {"inner", "left", "full", "semi", "anti"};
    return std::string("join ") + kinds[static_cast<std::size_t>(join.kind)] + " on " + describe(join.condition);
  }
  std::string operator()(const Aggregate& aggregate) const {
    std::string text = "aggregate by " + list(aggregate.keys);
    for (const AggregateCall& call : aggregate.calls) {
      text += " f" + number(static_cast<std::size_t>(call.function)) + (call.distinct ? " distinct" : "") +
              list(call.args) + list(call.order) + (call.filter ? " where " + describe(call.filter) : "");
    }
    return text;
  }
  std::string operator()(const Distinct&) const { return "distinct"; }
  std::string operator()(const SetOperation& set) const {
    static constexpr const char* kinds[] = {"union all", "intersect", "intersect all", "except", "except all"};
    return kinds[static_cast<std::size_t>(set.kind)];
  }
  std::string operator()(const Limit& limit) const {
    return "limit " + (limit.count ? std::to_string(*limit.count) : "all") + " offset " + std::to_string(limit.offset) +
           " by " + list(limit.partition) + list(limit.order);
  }
  std::string operator()(const Window& window) const {
    std::string text = "window " + list(window.partition) + list(window.order);
    for (const WindowCall& call : window.calls) {
      const ivm::Frame& frame = call.frame;
      text += " w" + number(static_cast<std::size_t>(call.function)) + "." +
              number(static_cast<std::size_t>(call.aggregate)) + list(call.args) +
              (call.filter ? " where " + describe(call.filter) : "") + " frame" +
              number(static_cast<std::size_t>(frame.mode)) + number(static_cast<std::size_t>(frame.start)) +
              number(static_cast<std::size_t>(frame.end)) + "," + std::to_string(frame.start_offset) + "," +
              std::to_string(frame.end_offset) + "," + number(static_cast<std::size_t>(frame.exclusion)) +
              (call.has_limits ? " with limits" : "");
    }
    return text;
  }
  std::string operator()(const Unfold& unfold) const {
    return "unfold " + describe(unfold.array) + (unfold.ordinality ? " with ordinality" : "");
  }
  std::string operator()(const Recursive& recursive) const {
    return "recursive " + number(recursive.id) + (recursive.distinct ? " distinct" : "");
  }
  std::string operator()(const WorkingTable& table) const { return "working table " + number(table.id); }
};

void draw_to(const PlanPtr& plan, std::size_t depth, std::string& to) {
  to += std::string(depth * 2, ' ') + describe(*plan) + "\n";
  for (const PlanPtr& input : plan->inputs) draw_to(input, depth + 1, to);
}

}  // namespace

std::string describe(const ExprPtr& expr) {
  switch (expr->kind) {
    case ExprKind::column:
      return "#" + number(expr->index);
    case ExprKind::outer:
      return "^" + number(expr->level) + "#" + number(expr->index);
    case ExprKind::constant: {
      const std::string value = expr->value.is_null() ? "null" : quote_json(print_value(expr->value, expr->type));
      return value + "::" + ivm::name_of(expr->type);
    }
    default:
      break;
  }
  const std::string name = expr->function != nullptr ? expr->function->name : "";
  return "k" + number(static_cast<std::size_t>(expr->kind)) + " " + name + list(expr->args) + number(expr->index) +
         "::" + ivm::name_of(expr->type);
}

std::string describe(const Plan& plan) { return std::visit(Describe{}, plan.what); }

std::string draw(const PlanPtr& plan) {
  std::string text;
  draw_to(plan, 0, text);
  return text;
}

}  // namespace laterbase::sql
