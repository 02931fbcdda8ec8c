#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/blackbox/blackbox.h"

// Views over HTTP, case by case: what PostgreSQL computes from scratch after each step (tests/blackbox/views.json).
namespace laterbase::tests {
namespace {

using Ordered = nlohmann::ordered_json;

bool same_value(const Ordered& left, const Ordered& right) {
  if (left.is_number() && right.is_number()) {
    const double a = left.get<double>(), b = right.get<double>();
    return a == b || std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
  }
  if (!left.is_array() || !right.is_array()) return left == right;
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i)
    if (!same_value(left[i], right[i])) return false;
  return true;
}

Ordered values_of(const Ordered& object) {
  Ordered row = Ordered::array();
  for (const auto& [name, value] : object.items()) row.push_back(value);
  return row;
}

bool same_bag(const Ordered& rows, Ordered expected, bool ordered) {
  if (rows.size() != expected.size()) return false;
  for (const Ordered& object : rows) {
    const Ordered row = values_of(object);
    auto found = expected.begin();
    if (!ordered)
      while (found != expected.end() && !same_value(row, *found)) ++found;
    if (found == expected.end() || !same_value(row, *found)) return false;
    expected.erase(found);
  }
  return true;
}

struct Case {
  const Ordered& json;
  const Node& node;
  std::string db = fresh_database(node);

  Response sql(const std::string& text) const { return node.post(db + "/sql", text, "application/sql"); }

  std::string step_text(std::size_t step) const {
    std::string text;
    for (const auto& statement : json["steps"][step]) text += statement.get<std::string>() + ";\n";
    return text;
  }

  void run_statement(const std::string& text) const {
    const Response answer = sql(text);
    INFO(text << "\n" << answer.body);
    REQUIRE(answer.status == 200);
  }

  void check_rows(std::size_t step) const {
    const std::string view = json["view"].get<std::string>();
    const Response answer = node.get(db.substr(3) + "/" + view);
    INFO("after step " << step << ": " << answer.body << "\nexpected: " << json["expected"][step].dump());
    REQUIRE(answer.status == 200);
    REQUIRE(same_bag(Ordered::parse(answer.body), json["expected"][step], json["ordered"].get<bool>()));
  }

  void run() const {
    run_statement(json["schema"].get<std::string>());
    for (const auto& text : json["setup"]) run_statement(text.get<std::string>());
    const Response created =
        sql("CREATE MATERIALIZED VIEW " + json["view"].get<std::string>() + " AS " + json["sql"].get<std::string>());
    INFO(created.body);
    REQUIRE(created.status == 200);
    check_rows(0);
    for (std::size_t step = 0; step < json["steps"].size(); ++step) {
      const bool may_fail = std::find(json["may_fail"].begin(), json["may_fail"].end(), step) != json["may_fail"].end();
      const Response answer = sql(step_text(step));
      INFO(step_text(step) << "\n" << answer.body);
      if (!may_fail) REQUIRE(answer.status == 200);
      check_rows(step + 1);
    }
  }
};

TEST_CASE("views show what PostgreSQL computes from scratch, after every step") {
  const Ordered all = Ordered::parse(read_file("tests/blackbox/views.json"))["cases"];
  REQUIRE(all.size() == 128);
  for (const Ordered& json : all) {
    INFO(json["name"].get<std::string>() << ": " << json["sql"].get<std::string>());
    Case{json, shared_node()}.run();
  }
}

}  // namespace
}  // namespace laterbase::tests
