#include <chrono>
#include <filesystem>
#include <random>
#include <system_error>
#include <thread>

#include "engine/events/roots.h"
#include "tests/blackbox/blackbox.h"

// kill -9 at a random moment while facts are written and tables and views are saved behind every commit. After each
// start every view is what its SELECT says, every event is counted once, and a program that finds the log alone,
// without anything that was saved, shows the same.
namespace laterbase::tests {
namespace {

const std::string sql_type = "application/sql", db = "/db/d";

const std::vector<std::pair<std::string, std::string>> views{
    {"by_place", "SELECT place, count(*) AS n, sum(kg) AS kg, max(kg) AS most FROM load GROUP BY place"},
    {"heavy", "SELECT p.id, p.loads, b.kg FROM place p JOIN by_place b ON b.place = p.id"},
    {"top", "SELECT id, kg FROM load ORDER BY kg DESC, id LIMIT 7"},
    {"kinds", "SELECT DISTINCT kg % 10 AS kind FROM load"},
    {"entries", "SELECT count(*) AS n FROM events"},
};

Json sql(const Node& node, const std::string& text) {
  const Response answer = node.post(db + "/sql", text, sql_type);
  INFO(text << "\n" << answer.body);
  REQUIRE(answer.status == 200);
  return answer.json()["results"].back();
}

std::vector<std::string> sorted(const Json& rows) {
  std::vector<std::string> all;
  for (const Json& row : rows) all.push_back(row.dump());
  std::sort(all.begin(), all.end());
  return all;
}

// Of an object for each row, as an answer to SQL has them.
Json as_arrays(const Json& rows, const std::vector<std::string>& columns) {
  Json all = Json::array();
  for (const Json& row : rows) {
    all.push_back(Json::array());
    for (const std::string& column : columns) all.back().push_back(row[column]);
  }
  return all;
}

Json read(const Node& node, const std::string& relation) {
  for (int tries = 0; tries < 3'000; ++tries) {
    const Response answer = node.get("/d/" + relation);
    INFO(relation << ": " << answer.body);
    if (answer.status == 200) return answer.json();
    REQUIRE(answer.status == 503);  // it is being built
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  FAIL(relation << " is never built");
  return {};
}

struct Dump {
  std::map<std::string, std::vector<std::string>> relations;
  bool operator==(const Dump&) const = default;
};

Dump dump(const Node& node) {
  Dump all;
  for (const char* table : {"load", "place"}) all.relations[table] = sorted(read(node, table));
  for (const auto& [view, select] : views) all.relations[view] = sorted(read(node, view));
  return all;
}

// Each of them one load of a name of its own, and one more for its place's counter.
void write_until_gone(std::uint16_t port, int writer, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  try {
    HttpConnection connection(port);
    for (std::uint64_t batch = 0;; ++batch) {
      std::string body;
      for (std::uint64_t i = 0, count = 1 + random() % 20; i < count; ++i) {
        const std::string id = std::to_string(writer) + "-" + std::to_string(seed % 100'000) + "-" +
                               std::to_string(batch) + "-" + std::to_string(i);
        const std::string place = std::to_string(random() % 9);
        body += R"({"@tx":[["load",")" + id + R"(","place",)" + place + R"(],["load",")" + id + R"(","kg",)" +
                std::to_string(random() % 1000) + R"(],["place",")" + place + R"(","loads",{"inc":1}]]})" + "\n";
      }
      connection.ask({.method = "POST", .target = db + "/e", .body = body, .headers = {{"Content-Type", ndjson_type}}});
    }
  } catch (const BadAnswer&) {
  } catch (const Timeout&) {
  } catch (const std::system_error&) {
  }
}

// From the log itself: loads by place.
std::map<std::string, std::uint64_t> counted(const Node& node) {
  std::map<std::string, std::uint64_t> loads;
  for (const Json& event : whole_feed(node, db)) {
    for (const Json& fact : event["value"]["@tx"])
      if (fact[0] == "place") ++loads[fact[1].get<std::string>()];
  }
  return loads;
}

void check_views(const Node& node, const Dump& seen) {
  for (const auto& [view, select] : views) {
    CAPTURE(view);
    const Json again = sql(node, select);
    std::vector<std::string> columns;
    for (const Json& column : again["columns"]) columns.push_back(column["name"]);
    CHECK(sorted(as_arrays(read(node, view), columns)) == sorted(again["rows"]));
  }
  std::map<std::string, std::uint64_t> shown;
  for (const std::string& row : seen.relations.at("place")) {
    const Json place = Json::parse(row);
    shown[std::to_string(place["id"].get<int>())] = place["loads"];
  }
  CHECK(shown == counted(node));
}

// A node with the same log and nothing saved.
void check_against_log_alone(const Node& node, const Dump& seen) {
  Node other;
  other.kill();
  std::filesystem::remove_all(other.data());
  std::filesystem::copy(node.data(), other.data(), std::filesystem::copy_options::recursive);
  {
    const auto roots = open_roots(other.data(), {}, system_clock());
    const auto root = roots->find("d").value();
    std::size_t rows = 0;
    root->checkpoint(root->head(), [&](WriteTxn& txn) {
      for (const TableId table : {kViewsTable, kAggregatesTable, kTriplesTable}) {
        const auto cursor = txn.cursor(table);
        for (; cursor->first(); ++rows) txn.erase(table, std::string(cursor->key()));
      }
    });
    CHECK(rows > 0);
    roots->close();
  }
  other.start();
  CHECK(dump(other) == seen);
}

std::size_t loads_of(const Node& node) {
  const std::string log = node.log();
  std::size_t found = 0;
  for (std::size_t at = 0; (at = log.find("tables and views are loaded", at)) != std::string::npos; ++at) ++found;
  return found;
}

}  // namespace

TEST_CASE("kill -9 while tables and views are saved: after each start they are what the log says") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Node::Options options;
  options.flags = {"--views.save_least=1", "--views.save_share=0"};
  Node node(options);
  REQUIRE(node.put(db).status == 201);
  sql(node,
      "TABLE load (id TEXT = 1 PRIMARY KEY, place BIGINT = 2, kg BIGINT = 3);"
      "TABLE place (id BIGINT = 1 PRIMARY KEY, loads BIGINT = 2 COUNTER)");
  for (const auto& [view, select] : views) sql(node, "CREATE MATERIALIZED VIEW " + view + " AS " + select);
  std::size_t loaded = 0;
  const auto rounds = static_cast<int>(test_size(20, 500));
  for (int round = 0; round < rounds; ++round) {
    CAPTURE(round);
    {
      std::vector<std::jthread> writers;
      for (int w = 0; w < 2; ++w)
        writers.emplace_back([&, w, own = random()] { write_until_gone(node.port(), w, own); });
      std::this_thread::sleep_for(std::chrono::microseconds(1'000 + random() % 150'000));
      if (random() % 5 == 0)
        node.stop();
      else
        node.kill();
    }
    node.start();
    const Dump seen = dump(node);
    loaded += loads_of(node) != 0;
    check_views(node, seen);
    if (round % 5 != 4) continue;
    node.kill();
    check_against_log_alone(node, seen);
    node.start();
  }
  CHECK(loaded > static_cast<std::size_t>(rounds) / 2);
}

}  // namespace laterbase::tests
