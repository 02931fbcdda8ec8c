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

Running::Running(ivm::Plan plan, const std::vector<sql::CompiledQuery::Input>& inputs,
                 std::unique_ptr<ivm::ScratchFile> file)
    : circuit_(std::move(plan), std::move(file)) {
  for (const auto& input : inputs) inputs_.push_back({input.relation, input.with_subject, input.node});
}

sql::SqlResult<std::unique_ptr<Running>> Running::run(ivm::Plan plan,
                                                      const std::vector<sql::CompiledQuery::Input>& inputs,
                                                      const std::string& scratch) {
  try {
    auto file = scratch.empty() ? nullptr : std::make_unique<ivm::ScratchFile>(scratch);
    return std::unique_ptr<Running>(new Running(std::move(plan), inputs, std::move(file)));
  } catch (const Failure& trouble) {
    return sql::SqlError{"58030", trouble.what(), "", 0};
  }
}

void Running::step() {
  try {
    circuit_.step();
  } catch (const Failure& trouble) {
    throw ivm::EvalError("53100", trouble.what());
  }
}

sql::SqlResult<std::unique_ptr<Running>> Running::make(const sql::Query& query, const std::string& scratch) {
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
  auto running = run(std::move(compiled->plan), compiled->inputs, scratch);
  if (!running) return running;
  (*running)->named_ = query.relations;
  (*running)->columns_ = std::move(columns);
  (*running)->order_ = std::move(compiled->order);
  (*running)->visible_output_ = visible_output;
  return running;
}

sql::SqlResult<std::unique_ptr<Running>> Running::make(tree::Query query, const std::string& scratch) {
  std::vector<sql::NamedPlan> plans;
  for (const tree::Level& level : query.levels) plans.push_back({level.name, level.plan});
  auto compiled = sql::compile(plans);
  if (!compiled) return compiled.error();
  for (std::size_t i = 0; i < plans.size(); ++i)
    compiled->plan.output(plans[i].name, compiled->results[i], query.levels[i].indexes(query.levels));
  auto running = run(std::move(compiled->plan), compiled->inputs, scratch);
  if (running) (*running)->tree_ = std::make_shared<const tree::Query>(std::move(query));
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

bool Running::names(std::string_view relation) const noexcept {
  return reads(relation) || std::find(named_.begin(), named_.end(), relation) != named_.end();
}

void Running::scan(const ivm::RowVisitor& visit) const {
  if (is_ordered())
    rows().read(0, {}, false, visit);
  else
    rows().scan(visit);
}

}  // namespace laterbase::views
