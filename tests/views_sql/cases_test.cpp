#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/views_sql/small_database.h"
#include "views/sql/types.h"

// 128 views with the rows that PostgreSQL 15 computed after every step (cases.json).
namespace laterbase::sql {
namespace {

using Json = nlohmann::json;

Json as_json(const ivm::Value& value, ivm::Type type) {
  if (value.is_null()) return nullptr;
  if (value.kind() == ivm::TypeKind::boolean) return value.as_bool();
  const std::string text = print_value(value, type);
  if (category_of(type) == 'N') return std::stod(text);
  return text;
}

Json rows_as_json(const ResultRows& rows) {
  Json all = Json::array();
  for (const ivm::Row& row : rows.rows) {
    Json cells = Json::array();
    const auto values = ivm::values_of(row.view(), rows.columns);
    for (std::size_t i = 0; i < values.size(); ++i) cells.push_back(as_json(values[i], rows.columns[i].type));
    all.push_back(cells);
  }
  return all;
}

bool same_cell(const Json& a, const Json& b) {
  if (!a.is_number() || !b.is_number()) return a == b;
  const double x = a.get<double>();
  const double y = b.get<double>();
  return std::fabs(x - y) <= 1e-9 * std::max({1.0, std::fabs(x), std::fabs(y)});
}

bool same_row(const Json& a, const Json& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), same_cell);
}

bool same_rows(const Json& got, Json wanted, bool ordered) {
  if (got.size() != wanted.size()) return false;
  if (ordered) return std::equal(got.begin(), got.end(), wanted.begin(), same_row);
  for (const Json& row : got) {
    const auto found = std::find_if(wanted.begin(), wanted.end(), [&](const Json& at) { return same_row(row, at); });
    if (found == wanted.end()) return false;
    wanted.erase(found);
  }
  return true;
}

std::string request_of(const Json& group) {
  if (group.is_string()) return group.get<std::string>();
  std::string request;
  for (const Json& statement : group) request += statement.get<std::string>() + ";\n";
  return request;
}

void check_rows(const SmallDatabase& database, const Json& test, std::size_t step) {
  const std::string name = test["view"];
  const auto broken = database.broken(name);
  INFO("step " << step << (broken ? ", broken: " + broken->message : ""));
  CHECK_FALSE(broken);
  const Json got = rows_as_json(database.view(name));
  const Json& wanted = test["expected"][step];
  INFO("got    " << got.dump() << "\nwanted " << wanted.dump());
  CHECK(same_rows(got, wanted, test["ordered"].get<bool>()));
}

void must_run(SmallDatabase& database, const std::string& text) {
  const auto error = database.run(text);
  INFO(text << "\n" << (error ? error->message : ""));
  REQUIRE_FALSE(error);
}

void check_case(const Json& test) {
  INFO(test["name"].get<std::string>() << ": " << test["sql"].get<std::string>());
  SmallDatabase database;
  must_run(database, test["schema"]);
  for (const Json& statement : test["setup"]) must_run(database, statement);
  must_run(database,
           "CREATE MATERIALIZED VIEW " + test["view"].get<std::string>() + " AS " + test["sql"].get<std::string>());
  check_rows(database, test, 0);
  const auto& may_fail = test["may_fail"];
  for (std::size_t i = 0; i < test["steps"].size(); ++i) {
    const auto error = database.run(request_of(test["steps"][i]));
    const bool allowed = std::find(may_fail.begin(), may_fail.end(), i) != may_fail.end();
    INFO(request_of(test["steps"][i]) << (error ? error->message : ""));
    CHECK((allowed || !error));
    check_rows(database, test, i + 1);
  }
}

}  // namespace

TEST_CASE("views hold what PostgreSQL computes, after every step") {
  std::ifstream file("tests/views_sql/cases.json");
  const Json all = Json::parse(file);
  REQUIRE(all["cases"].size() == 128);
  for (const Json& test : all["cases"]) {
    DYNAMIC_SECTION(test["name"].get<std::string>()) { check_case(test); }
  }
}

}  // namespace laterbase::sql
