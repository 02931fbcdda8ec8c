#include "views/running.h"

#include <algorithm>

namespace laterbase::views {
namespace {

// The columns that a reader sees, without those that only the order needs.
ivm::NodeId only_visible(sql::CompiledQuery& compiled) {
  ivm::Schema schema(compiled.schema().begin(),
                     compiled.schema().begin() + static_cast<std::ptrdiff_t>(compiled.visible));
  std::vector<ivm::ExpressionPtr> columns;
  for (std::size_t i = 0; i < schema.size(); ++i) columns.push_back(ivm::column(i, schema[i].type));
  return compiled.plan.add(ivm::Map{compiled.result, std::move(columns)}, std::move(schema));
}

}  // namespace

Running::Running(ivm::Plan plan, const std::vector<sql::CompiledQuery::Input>& inputs) : circuit_(std::move(plan)) {
  for (const auto& input : inputs) inputs_.push_back({input.relation, input.with_subject, input.node});
}

sql::SqlResult<std::unique_ptr<Running>> Running::make(const sql::Query& query) {
  auto compiled = sql::compile(query);
  if (!compiled) return compiled.error();
  std::vector<sql::PlanColumn> columns;
  for (std::size_t i = 0; i < compiled->visible; ++i)
    columns.push_back({compiled->schema()[i].name, compiled->schema()[i].type});
  std::vector<std::vector<ivm::Order>> indexes;
  if (!compiled->order.empty()) indexes.push_back(compiled->order);
  compiled->plan.output("", compiled->result, std::move(indexes));
  std::size_t visible_output = 0;
  if (compiled->schema().size() != compiled->visible)
    visible_output = compiled->plan.output("", only_visible(*compiled));
  std::unique_ptr<Running> running(new Running(std::move(compiled->plan), compiled->inputs));
  running->columns_ = std::move(columns);
  running->order_ = std::move(compiled->order);
  running->visible_output_ = visible_output;
  return running;
}

sql::SqlResult<std::unique_ptr<Running>> Running::make(tree::Query query) {
  std::vector<sql::NamedPlan> plans;
  for (const tree::Level& level : query.levels) plans.push_back({level.name, level.plan});
  auto compiled = sql::compile(plans);
  if (!compiled) return compiled.error();
  for (std::size_t i = 0; i < plans.size(); ++i)
    compiled->plan.output(plans[i].name, compiled->results[i], query.levels[i].indexes(query.levels));
  std::unique_ptr<Running> running(new Running(std::move(compiled->plan), compiled->inputs));
  running->tree_ = std::make_shared<const tree::Query>(std::move(query));
  return running;
}

bool Running::changed() const {
  for (std::size_t i = 0; i < outputs(); ++i)
    if (!changes(i).empty()) return true;
  return false;
}

bool Running::reads(std::string_view relation) const noexcept {
  return std::any_of(inputs_.begin(), inputs_.end(), [&](const Input& one) { return one.relation == relation; });
}

void Running::scan(const ivm::RowVisitor& visit) const {
  if (is_ordered())
    rows().read(0, {}, false, visit);
  else
    rows().scan(visit);
}

}  // namespace laterbase::views
