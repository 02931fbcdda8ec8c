#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "tests/views/replica.h"
#include "views/narrow.h"

// A query's answer beside the one that looks at all rows there are.
namespace laterbase::views::tests {

// An engine over a node's log.
class Follows final : public LogReader {
 public:
  explicit Follows(Root& root) : root_(root), engine_(*this) {
    engine_.follow(root.head());
    engine_.finish_loading();
  }
  void read(Lc after, Lc until, const std::function<bool(const Event&)>& visit) override {
    Snapshot now = root_.snapshot();
    const auto scan = now.log(after, until);
    while (const auto event = scan->next())
      if (!visit(*event)) return;
  }
  bool knows_keys() const noexcept override { return true; }
  void read_keys(const KeyRange& keys, Lc until, const std::function<bool(const Event&)>& visit) override {
    visit_keys(root_, keys, until, visit);
  }
  Engine& engine() { return engine_; }
  void catch_up() { engine_.follow(root_.head()); }

 private:
  Root& root_;
  Engine engine_;
};

using Bag = std::map<std::string, std::int64_t>;

inline Bag bag_of(const Running& running) {
  Bag bag;
  running.scan([&](ivm::RowView row, std::int64_t weight) { return bag[std::string(row.view())] += weight, true; });
  return bag;
}

// Of all rows there are.
inline Bag whole_answer(const Engine& engine, const sql::Query& query) {
  auto running = Running::make(query);
  REQUIRE(running.has_value());
  for (const auto& input : (*running)->inputs()) {
    const auto fed = engine.scan(input.relation, input.with_subject,
                                 [&](ivm::RowView row, std::int64_t weight) { (*running)->feed(input, row, weight); });
    REQUIRE(fed.has_value());
  }
  (*running)->step();
  return bag_of(**running);
}

struct Tally {
  std::uint64_t queries = 0, narrowed = 0, rows = 0;
};

inline void compare(Engine& engine, const std::string& text, Tally& tally) {
  INFO(text);
  engine.forget_relations();
  const auto statement = sql::read_statement(text, engine);
  INFO((statement ? "" : statement.error().message));
  REQUIRE(statement.has_value());
  const sql::Query& query = std::get<sql::Select>(*statement).query;
  const auto narrowed = engine.evaluate(query);
  REQUIRE(narrowed.has_value());
  const Bag bag = bag_of(**narrowed);
  CHECK(bag == whole_answer(engine, query));
  ++tally.queries;
  tally.rows += bag.size();
  tally.narrowed += Wanted(engine, {query.plan}).explain().empty() ? 0 : 1;
}

}  // namespace laterbase::views::tests
