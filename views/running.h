#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/ivm/circuit.h"
#include "views/sql/compile.h"
#include "views/sql/plan.h"
#include "views/tree/query.h"
#include "views/tree/ranks.h"

// A query, or several that belong together, as a circuit that runs: fed with the changes of what they read, it has
// their rows and their changes.
namespace laterbase::views {

// Rows of a relation, its columns and, where asked for, the subject.
using RowSink = std::function<void(ivm::RowView row, std::int64_t weight)>;

class Running {
 public:
  // State lies in a scratch file in that directory, where one is given. Errors: SqlError where no circuit can do that,
  // or the directory takes no file.
  static sql::SqlResult<std::unique_ptr<Running>> make(const sql::Query& query, const std::string& scratch = {});
  // Output i has the rows of level i.
  static sql::SqlResult<std::unique_ptr<Running>> make(tree::Query query, const std::string& scratch = {});

  struct Input {
    std::string relation;
    bool with_subject = false;
    ivm::NodeId node = 0;
  };
  const std::vector<Input>& inputs() const noexcept { return inputs_; }
  bool reads(std::string_view relation) const noexcept;
  // Also where nothing of it is needed: without it the query would be none.
  bool names(std::string_view relation) const noexcept;

  void feed(const Input& input, ivm::RowView row, std::int64_t weight) { circuit_.input(input.node).add(row, weight); }
  // The row lives until the step.
  void refer(const Input& input, ivm::RowView row, std::int64_t weight) {
    circuit_.input(input.node).refer(row, weight);
  }
  // Errors: throws ivm::EvalError, and nothing has changed; 53100 where the disk is full, and then it has ended.
  void step();

  // What the last step changed, in the visible columns.
  const ivm::Batch& changes() const { return circuit_.changes(visible_output_); }
  const ivm::OutputRows& rows() const { return circuit_.rows(0); }
  ivm::OutputRows& rows() { return circuit_.rows(0); }

  // Null where it is no tree; else it has an output for each level.
  const tree::Query* tree() const noexcept { return tree_.get(); }
  std::size_t outputs() const noexcept { return circuit_.plan().outputs().size(); }
  const ivm::Batch& changes(std::size_t output) const { return circuit_.changes(output); }
  const ivm::OutputRows& rows(std::size_t output) const { return circuit_.rows(output); }
  // Where a tree's rows stand; made when somebody wants to know, and then to be kept up after every step.
  std::unique_ptr<tree::Places>& places() noexcept { return places_; }
  // Whether the last step changed any output.
  bool changed() const;
  // In the order of the query, where it has one.
  void scan(const ivm::RowVisitor& visit) const;
  bool is_ordered() const noexcept { return !order_.empty(); }
  const std::vector<ivm::Order>& order() const noexcept { return order_; }

  const std::vector<sql::PlanColumn>& columns() const noexcept { return columns_; }  // the visible ones
  const ivm::Schema& schema() const noexcept { return rows().schema(); }             // more may follow, for the order
  std::string explain() const { return circuit_.explain(); }
  std::vector<ivm::NodeState> state() const { return circuit_.state(); }

  // Its state as bytes, and back into one of the same query that has not stepped yet. Errors: see Circuit::load().
  std::string save() const { return circuit_.save(); }
  Result<void> load(BytesView saved) { return circuit_.load(saved); }

 private:
  Running(ivm::Plan plan, const std::vector<sql::CompiledQuery::Input>& inputs, std::unique_ptr<ivm::ScratchFile> file);
  static sql::SqlResult<std::unique_ptr<Running>> run(ivm::Plan plan,
                                                      const std::vector<sql::CompiledQuery::Input>& inputs,
                                                      const std::string& scratch);

  std::vector<Input> inputs_;
  std::vector<std::string> named_;
  std::vector<sql::PlanColumn> columns_;
  std::vector<ivm::Order> order_;
  std::size_t visible_output_ = 0;
  std::shared_ptr<const tree::Query> tree_;
  std::unique_ptr<tree::Places> places_;
  ivm::Circuit circuit_;
};

}  // namespace laterbase::views
