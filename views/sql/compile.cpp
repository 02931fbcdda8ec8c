#include "views/sql/compile.h"

#include <map>
#include <stdexcept>
#include <utility>

#include "views/sql/function.h"
#include "views/sql/optimise.h"
#include "views/sql/plan_text.h"
#include "views/sql/scope.h"

// Logical plans → circuits' plans.
namespace laterbase::sql {
namespace {

using ivm::ExpressionPtr;
using ivm::NodeId;

ivm::Schema schema_of(const Plan& plan) {
  ivm::Schema schema;
  for (const PlanColumn& at : plan.columns) schema.push_back({at.name, at.type});
  return schema;
}

std::vector<ExpressionPtr> compiled(const std::vector<ExprPtr>& exprs) {
  std::vector<ExpressionPtr> result;
  for (const ExprPtr& expr : exprs) result.push_back(compile_expression(expr));
  return result;
}

std::vector<ivm::SortKey> compiled(const std::vector<SortKey>& keys) {
  std::vector<ivm::SortKey> result;
  for (const SortKey& key : keys) {
    result.push_back({compile_expression(key.expr), key.descending, key.nulls_first});
  }
  return result;
}

// What a join's condition is to an operator: keys, and what is left.
struct Keys {
  std::vector<ivm::JoinKey> keys;
  std::vector<ExprPtr> rest;

  // Whether all columns are of one side, and there are any.
  static bool within(const ExprPtr& expr, std::size_t from, std::size_t to) {
    const auto used = columns_of(expr);
    return !used.empty() && used.front() >= from && used.back() < to;
  }
  void add(const ExprPtr& term, std::size_t left, std::size_t all) {
    const bool equal = term->kind == ExprKind::call && term->function->name == "=" && term->args.size() == 2;
    if (!equal && term->kind != ExprKind::not_distinct) return rest.push_back(term);
    ExprPtr a = term->args[0];
    ExprPtr b = term->args[1];
    if (within(a, left, all) && within(b, 0, left)) std::swap(a, b);
    if (!within(a, 0, left) || !within(b, left, all) || a->type != b->type) return rest.push_back(term);
    const ExprPtr right = renumber(b, [left](std::size_t i) { return i - left; });
    keys.push_back({compile_expression(a), compile_expression(right), !equal});
  }
};

class Compiler {
 public:
  Compiler(ivm::Plan& plan, std::vector<CompiledQuery::Input>& inputs) : plan_(plan), inputs_(inputs) {}

  // From now on a scan of `name` is that node.
  void name(const std::string& name, NodeId node) { named_[name] = node; }

  NodeId compile(const PlanPtr& plan) {
    const auto known = done_.find(plan.get());
    if (known != done_.end()) return known->second;
    const NodeId node = std::visit([&](const auto& what) { return compiled_as(*plan, what); }, plan->what);
    done_.emplace(plan.get(), node);
    kept_.push_back(plan);
    return node;
  }

 private:
  // Equal work over equal inputs is done once.
  NodeId add(const Plan& plan, ivm::Operation operation, const std::string& text) {
    std::string types;
    for (const PlanColumn& at : plan.columns) types += ivm::name_of(at.type) + ",";
    const std::string key = text + " as " + types;
    const auto known = by_text_.find(key);
    if (known != by_text_.end()) return known->second;
    const NodeId node = plan_.add(std::move(operation), schema_of(plan));
    by_text_.emplace(key, node);
    return node;
  }
  NodeId input(const Plan& plan, std::size_t i = 0) { return compile(plan.inputs[i]); }
  std::string text(const Plan& plan) {
    std::string inputs;
    for (const PlanPtr& at : plan.inputs) inputs += " of " + std::to_string(compile(at));
    return describe(plan) + inputs;
  }

  NodeId compiled_as(const Plan& plan, const Scan& scan) {
    if (const auto named = named_.find(scan.relation); named != named_.end()) return named->second;
    for (const CompiledQuery::Input& at : inputs_) {
      if (at.relation == scan.relation && at.with_subject == scan.with_subject) return at.node;
    }
    const NodeId node = plan_.add(ivm::Input{scan.relation}, schema_of(plan));
    inputs_.push_back({scan.relation, scan.with_subject, node});
    return node;
  }
  NodeId compiled_as(const Plan& plan, const Rows& rows) {
    ivm::Constant constant;
    for (const auto& row : rows.rows) {
      std::vector<ivm::Value> values;
      for (const ExprPtr& cell : row) values.push_back(cell->value);
      constant.rows.push_back(ivm::Row::of(values));
    }
    return add(plan, std::move(constant), text(plan));
  }
  NodeId compiled_as(const Plan& plan, const Project& project) {
    return add(plan, ivm::Map{input(plan), compiled(project.exprs)}, text(plan));
  }
  NodeId compiled_as(const Plan& plan, const Filter& filter) {
    std::vector<ExprPtr> terms;
    split_conjunction(filter.condition, terms);
    const ExpressionPtr condition = terms.size() == 1 ? compile_expression(terms[0]) : ivm::all_of(compiled(terms));
    return add(plan, ivm::Filter{input(plan), condition}, text(plan));
  }
  NodeId compiled_as(const Plan& plan, const Join& join) {
    static constexpr ivm::JoinKind kinds[] = {ivm::JoinKind::inner, ivm::JoinKind::left, ivm::JoinKind::full,
                                              ivm::JoinKind::semi, ivm::JoinKind::anti};
    const std::size_t left = plan.inputs[0]->columns.size();
    std::vector<ExprPtr> terms;
    split_conjunction(join.condition, terms);
    Keys keys;
    for (const ExprPtr& term : terms) keys.add(term, left, left + plan.inputs[1]->columns.size());
    ivm::Join operation{kinds[static_cast<std::size_t>(join.kind)], input(plan, 0), input(plan, 1), keys.keys, nullptr};
    if (keys.rest.size() == 1) operation.condition = compile_expression(keys.rest[0]);
    if (keys.rest.size() > 1) operation.condition = ivm::all_of(compiled(keys.rest));
    return add(plan, std::move(operation), text(plan));
  }
  NodeId compiled_as(const Plan& plan, const Aggregate& aggregate) {
    ivm::Aggregate operation{input(plan), compiled(aggregate.keys), {}};
    for (const AggregateCall& call : aggregate.calls) {
      operation.calls.push_back({call.function, compiled(call.args), call.type,
                                 call.filter == nullptr ? nullptr : compile_expression(call.filter), call.distinct,
                                 compiled(call.order)});
    }
    return add(plan, std::move(operation), text(plan));
  }
  NodeId compiled_as(const Plan& plan, const Distinct&) { return add(plan, ivm::Distinct{input(plan)}, text(plan)); }
  NodeId compiled_as(const Plan& plan, const SetOperation& set) {
    const NodeId left = input(plan, 0);
    const NodeId right = input(plan, 1);
    if (set.kind == SetKind::union_all) return add(plan, ivm::UnionAll{{left, right}}, text(plan));
    const bool all = set.kind == SetKind::intersect_all || set.kind == SetKind::except_all;
    const bool except = set.kind == SetKind::except || set.kind == SetKind::except_all;
    const ivm::SetKind kind = except ? ivm::SetKind::except : ivm::SetKind::intersect;
    return add(plan, ivm::SetOperation{kind, all, left, right}, text(plan));
  }

  // Operators that order and partition by columns: what is none yet is computed beside the row first.
  struct Beside {
    std::vector<ExprPtr> exprs;
    std::size_t width;

    std::size_t place(const ExprPtr& expr) {
      for (std::size_t i = 0; i < exprs.size(); ++i) {
        if (same(exprs[i], expr)) return i;
      }
      exprs.push_back(expr);
      return exprs.size() - 1;
    }
    std::vector<std::size_t> places(const std::vector<ExprPtr>& wanted) {
      std::vector<std::size_t> result;
      for (const ExprPtr& expr : wanted) result.push_back(place(expr));
      return result;
    }
    std::vector<ivm::Order> orders(const std::vector<SortKey>& keys) {
      std::vector<ivm::Order> result;
      for (const SortKey& key : keys) result.push_back({place(key.expr), key.descending, key.nulls_first});
      return result;
    }
    PlanPtr plan(const PlanPtr& input) const { return exprs.size() == width ? input : project(input, exprs); }
  };
  static Beside beside(const Plan& plan) { return {columns_of_plan(*plan.inputs[0]), plan.inputs[0]->columns.size()}; }
  // The columns wanted out of a node that has more between them.
  NodeId without(const Plan& plan, NodeId node, const Plan& wide, const std::vector<std::size_t>& wanted) {
    std::vector<ExpressionPtr> columns;
    for (const std::size_t i : wanted) columns.push_back(ivm::column(i, wide.columns[i].type));
    std::string key = "columns";
    for (const std::size_t i : wanted) key += " " + std::to_string(i);
    return add(plan, ivm::Map{node, std::move(columns)}, key + " of " + std::to_string(node));
  }

  NodeId compiled_as(const Plan& plan, const Limit& limit) {
    Beside wide = beside(plan);
    ivm::TopK operation;
    operation.order = wide.orders(limit.order);
    operation.partition = wide.places(limit.partition);
    operation.limit = limit.count;
    operation.offset = limit.offset;
    const PlanPtr input_plan = wide.plan(plan.inputs[0]);
    operation.input = compile(input_plan);
    const std::string key = describe(plan) + " of " + std::to_string(operation.input);
    const NodeId node = add(*input_plan, std::move(operation), key);
    if (input_plan == plan.inputs[0]) return node;
    std::vector<std::size_t> wanted(wide.width);
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = i;
    return without(plan, node, *input_plan, wanted);
  }
  NodeId compiled_as(const Plan& plan, const Window& window) {
    Beside wide = beside(plan);
    ivm::Window operation;
    operation.partition = wide.places(window.partition);
    operation.order = wide.orders(window.order);
    for (const WindowCall& call : window.calls) {
      ivm::WindowCall made{call.function, call.aggregate, wide.places(call.args), std::nullopt, call.frame, {},
                           call.type};
      if (call.has_limits) {
        const auto limits = made.arguments.end() - 3;
        made.limits = ivm::FrameLimits{limits[0], limits[1], limits[2]};
        made.arguments.erase(limits, made.arguments.end());
      }
      if (call.filter) made.filter = wide.place(call.filter);
      operation.calls.push_back(std::move(made));
    }
    const PlanPtr input_plan = wide.plan(plan.inputs[0]);
    operation.input = compile(input_plan);
    Plan result{input_plan->columns, {}, plan.what};
    for (std::size_t i = wide.width; i < plan.columns.size(); ++i) result.columns.push_back(plan.columns[i]);
    const NodeId node = add(result, std::move(operation), describe(plan) + " of " + std::to_string(operation.input));
    if (input_plan == plan.inputs[0]) return node;
    std::vector<std::size_t> wanted;
    for (std::size_t i = 0; i < plan.columns.size(); ++i) {
      wanted.push_back(i < wide.width ? i : i - wide.width + wide.exprs.size());
    }
    return without(plan, node, result, wanted);
  }

  NodeId compiled_as(const Plan& plan, const Unfold& unfold) {
    return add(plan, ivm::Unfold{input(plan), compile_expression(unfold.array), unfold.ordinality}, text(plan));
  }
  NodeId compiled_as(const Plan& plan, const WorkingTable& table) {
    const auto known = working_.find(table.id);
    if (known != working_.end()) return known->second;
    return working_[table.id] = plan_.add(ivm::RecursiveSelf{}, schema_of(plan));
  }
  // One recursion may stand in a plan several times over different rows: what reads its working table is of one only.
  NodeId compiled_as(const Plan& plan, const Recursive& recursive) {
    const NodeId base = input(plan, 0);
    const auto done = std::exchange(done_, {});
    const auto working = working_;
    working_.erase(recursive.id);
    const NodeId self = compiled_as(plan, WorkingTable{recursive.id});
    const NodeId step = input(plan, 1);
    done_ = done;
    working_ = working;
    ivm::Recursive operation;
    operation.base = base;
    operation.self = self;
    operation.step = step;
    operation.distinct = recursive.distinct;
    return plan_.add(operation, schema_of(plan));
  }

  ivm::Plan& plan_;
  std::vector<CompiledQuery::Input>& inputs_;
  std::map<std::string, NodeId> named_;
  std::map<const Plan*, NodeId> done_;
  std::vector<PlanPtr> kept_;  // so that no other plan takes an address in done_
  std::map<std::string, NodeId> by_text_;
  std::map<std::size_t, NodeId> working_;
};

}  // namespace

SqlResult<CompiledQuery> compile(const Query& query) {
  try {
    CompiledQuery compiled;
    compiled.result = Compiler(compiled.plan, compiled.inputs).compile(optimise(query.plan));
    compiled.columns = schema_of(*query.plan);
    compiled.visible = query.visible;
    for (const SortKey& key : query.order) {
      compiled.order.push_back({key.expr->index, key.descending, key.nulls_first});
    }
    return compiled;
  } catch (const SqlException& error) {
    return error.in("");
  }
}

SqlResult<CompiledPlans> compile(const std::vector<NamedPlan>& plans) {
  try {
    CompiledPlans compiled;
    Compiler compiler(compiled.plan, compiled.inputs);
    for (const NamedPlan& one : plans) {
      compiled.results.push_back(compiler.compile(optimise(one.plan)));
      compiler.name(one.name, compiled.results.back());
    }
    return compiled;
  } catch (const SqlException& error) {
    return error.in("");
  }
}

}  // namespace laterbase::sql
