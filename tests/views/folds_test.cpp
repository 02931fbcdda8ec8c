#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "engine/base/random.h"
#include "tests/support/seed.h"
#include "tests/views/replica.h"
#include "views/fold_relation.h"

// Folds as relations: read, queried, followed live, broken and whole again; the same on every node.
namespace laterbase::views::tests {
namespace {

using Json = nlohmann::json;

struct Value : folds::Input {
  Json json;
};
struct Scans : folds::State {
  Json json = {{"n", 0}, {"scans", ""}};
};

// {"truck":"t7","scan":"x"}: the truck's scans in their order. A scan "!" can't be folded after "bad".
class ScansOfTruck : public folds::Reducer {
 public:
  std::uint64_t identity() const override { return 1; }
  std::unique_ptr<folds::Input> read(const Event& event) const override {
    auto value = std::make_unique<Value>();
    if (event.is_json) value->json = Json::parse(event.value);
    if (!value->json.is_object()) throw folds::Undecodable("no object");
    return value;
  }
  std::vector<std::string> keys_of(const folds::Input& input) const override {
    const auto& json = static_cast<const Value&>(input).json;
    return json.contains("truck") ? std::vector<std::string>{json["truck"]} : std::vector<std::string>{};
  }
  std::unique_ptr<folds::State> initial(const std::string&) const override { return std::make_unique<Scans>(); }
  std::unique_ptr<folds::State> copy(const folds::State& state) const override {
    return std::make_unique<Scans>(static_cast<const Scans&>(state));
  }
  void apply(folds::State& state, const std::string&, const folds::Input& input) const override {
    Json& json = static_cast<Scans&>(state).json;
    const std::string scan = static_cast<const Value&>(input).json["scan"];
    std::string scans = json["scans"];
    if (scan == "!" && scans.ends_with("bad")) throw std::runtime_error("a bad scan");
    json["n"] = json["n"].get<int>() + 1;
    json["scans"] = scans + scan;
  }
  std::string show(const folds::State& state) const override { return static_cast<const Scans&>(state).json.dump(); }
  std::string save(const folds::State& state) const override { return show(state); }
  std::unique_ptr<folds::State> load(std::string_view bytes) const override {
    auto scans = std::make_unique<Scans>();
    scans->json = Json::parse(bytes);
    return scans;
  }
};

DatabaseOptions with_folds() {
  DatabaseOptions options;
  options.sources = [](const std::string&) {
    return std::vector<SourceMaker>{[](LogReader& log) {
      return std::make_unique<FoldRelation>("scans", std::make_shared<ScansOfTruck>(), log, folds::FoldOptions{3});
    }};
  };
  return options;
}

Replica::Entry scan(std::int64_t ms, const std::string& truck, const std::string& what, std::uint64_t low = 0) {
  Ulid key = Ulid::first_of(ms);
  key.low = low;
  return {key, fmt::format(R"({{"truck":"{}","scan":"{}"}})", truck, what), true};
}

const std::string views =
    "CREATE MATERIALIZED VIEW counts AS SELECT key, (state->>'n')::int AS n FROM scans;"
    "CREATE MATERIALIZED VIEW paired AS SELECT s.key, s.state->>'scans' AS scans, e.n FROM scans s JOIN (SELECT "
    "value->>'truck' AS key, count(*) AS n FROM events GROUP BY 1) e ON e.key = s.key;"
    "CREATE MATERIALIZED VIEW busy AS SELECT key FROM counts WHERE n > 5;";

// Each relation as it is kept, held against what a query that is computed once says.
void check_rows(Replica& node) {
  const auto sorted = [](std::string text) {
    Json rows = Json::parse(text);
    std::sort(rows.begin(), rows.end());
    return rows;
  };
  for (const std::string select :
       {"SELECT key, (state->>'n')::int AS n FROM scans", "SELECT key FROM counts WHERE n > 5"}) {
    const std::string view =
        select.find("busy") == std::string::npos && select.find("counts") != std::string::npos ? "busy" : "counts";
    const Json wanted = sorted(node.sql(select));
    Json kept = Json::array();
    for (const Json& row : Json::parse(node.rows(view))) {
      Json values = Json::array();
      values.push_back(row["key"]);
      if (row.contains("n")) values.push_back(row["n"]);
      kept.push_back(values);
    }
    std::sort(kept.begin(), kept.end());
    CHECK(kept == wanted);
  }
}

TEST_CASE("a fold is a relation that views read, the same on every node") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (std::uint64_t turn = 0; turn < test_size(3, 300); ++turn) {
    Replica a(with_folds()), b(with_folds());
    REQUIRE(a.sql(views).empty());
    std::vector<Replica::Entry> all = a.events();
    for (int i = 0; i < 60; ++i)
      all.push_back(scan(1'000 + static_cast<std::int64_t>(random.below(40)), fmt::format("t{}", random.below(4)),
                         std::string(1, static_cast<char>('a' + random.below(26))), random.below(3)));
    for (Replica* node : {&a, &b}) {
      std::shuffle(all.begin(), all.end(), random);
      for (std::size_t at = 0; at < all.size();) {
        const std::size_t end = std::min(all.size(), at + 1 + random.below(9));
        node->merge({all.begin() + static_cast<std::ptrdiff_t>(at), all.begin() + static_cast<std::ptrdiff_t>(end)});
        if (random.one_in(3)) node->rows("paired");
        at = end;
      }
    }
    for (const std::string relation : {"scans", "counts", "paired", "busy"}) {
      INFO(relation);
      const std::string rows = a.rows(relation);
      CHECK(rows == b.rows(relation));
      b.forget();
      CHECK(rows == b.rows(relation));
    }
    check_rows(a);
  }
}

TEST_CASE("a fold's rows are read, and not written") {
  Replica node(with_folds());
  node.merge({scan(20, "t7", "b"), scan(10, "t7", "a"), scan(15, "t9", "x")});
  CHECK(node.rows("scans") ==
        "[{\"key\":\"t7\",\"state\":{\"n\": 2, \"scans\": \"ab\"}},\n"
        "{\"key\":\"t9\",\"state\":{\"n\": 1, \"scans\": \"x\"}}]\n");
  CHECK(node.sql("DELETE FROM scans") == "!42809");
  CHECK(node.sql("DROP TABLE scans") == "!42809");
  CHECK(node.sql("CREATE TABLE scans (id TEXT)") == "!42P07");
  CHECK(node.sql("CREATE MATERIALIZED VIEW scans AS SELECT 1 AS a") == "!42P07");
  CHECK(node.sql("SELECT state->>'scans' FROM scans WHERE key = 't7'") == "[[\"ab\"]]");
  CHECK(node.database().names().folds == std::vector<std::string>{"scans"});
}

TEST_CASE("a fold that breaks says so, and so do its readers; all else goes on") {
  Replica node(with_folds());
  REQUIRE(node.sql(views + "CREATE MATERIALIZED VIEW other AS SELECT count(*) AS n FROM events").empty());
  node.merge({scan(10, "t7", "bad"), scan(12, "t9", "x")});
  CHECK(node.rows("counts").front() == '[');
  node.merge({scan(20, "t7", "!")});
  CHECK_THAT(node.rows("scans"), Catch::Contains("a bad scan") && Catch::Contains("\"t7\""));
  CHECK_THAT(node.rows("counts"), Catch::Contains("a bad scan"));
  CHECK_THAT(node.rows("busy"), Catch::Contains("a bad scan"));
  CHECK(node.sql("SELECT * FROM scans") == "!55000");
  CHECK(node.rows("other") == "[{\"n\":4}]\n");
  node.merge({scan(15, "t7", "well")});
  CHECK(node.rows("counts") == "[{\"key\":\"t7\",\"n\":3},\n{\"key\":\"t9\",\"n\":1}]\n");
  check_rows(node);
}

}  // namespace
}  // namespace laterbase::views::tests
