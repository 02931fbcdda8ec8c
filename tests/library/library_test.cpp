#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>

#include "server/laterbase.h"
#include "tests/support/http.h"
#include "tests/support/temp_dir.h"

// A node inside a program: typed folds, validators, views, routes, followers; by HTTP and without.
namespace {

using laterbase::Event;
using laterbase::Refused;
using nlohmann::json;

struct Scan {
  std::string truck;
  int kg = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Scan, truck, kg)

struct Load {
  int kg = 0, most = 0;
  std::vector<int> order;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Load, kg, most, order)

constexpr std::int64_t six_o_clock = 1'760'000'000'000;

laterbase::Config config_in(const laterbase::tests::TempDir& directory) {
  laterbase::Config config;
  config.set("data", directory.file("data"))
      .set("listen", "127.0.0.1:0")
      .set("log.level", "error")
      .without_environment();
  return config;
}

auto trucks_of(laterbase::Server& server) {
  auto trucks = server.root<Scan>("trucks");
  trucks.fold<Load>(
      "load_by_truck", [](const Scan& scan) { return scan.truck; },
      [](Load& load, const Scan& scan) {
        if (scan.kg == 13) throw std::runtime_error("thirteen kilograms");
        load.kg += scan.kg;
        load.most = std::max(load.most, load.kg);
        load.order.push_back(scan.kg);
      });
  trucks.view("heavy", "SELECT key, (state->>'kg')::int AS kg FROM load_by_truck WHERE (state->>'kg')::int > 100");
  trucks.validate([](const Scan& scan) -> std::optional<std::string> {
    if (scan.truck.empty()) return "A scan names its truck.";
    return std::nullopt;
  });
  return trucks;
}

int status_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Refused& refused) {
    return refused.status();
  }
  return 0;
}

// A few words of HTTP to where a server answers.
class Client {
 public:
  explicit Client(const std::string& url)
      : connection_(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)))) {}
  laterbase::tests::Response get(const std::string& target) { return connection_.ask({"GET", target, "", {}}); }
  laterbase::tests::Response post(const std::string& target, const std::string& body) {
    const bool is_sql = target.ends_with("/sql");
    return connection_.ask({"POST", target, body, {{"Content-Type", is_sql ? "application/sql" : "application/json"}}});
  }

 private:
  laterbase::tests::HttpConnection connection_;
};

// Waits for what another thread says.
class Heard {
 public:
  void say(json what) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(what));
    changed_.notify_all();
  }
  json wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return all_.size() >= count; });
    return all_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  json all_ = json::array();
};

}  // namespace

TEST_CASE("typed events are folded in their own order, without HTTP") {
  const laterbase::tests::TempDir directory;
  laterbase::Server server{config_in(directory).without_http()};
  auto trucks = trucks_of(server);
  CHECK_THROWS_AS(trucks.read("heavy"), std::logic_error);
  server.start();
  CHECK(server.url().empty());
  trucks.append({"t7", 120}, {{}, six_o_clock + 2, false});
  trucks.append({"t7", -20}, {{}, six_o_clock + 3, true});
  trucks.append({"t7", 70}, {{}, six_o_clock + 1, false});
  const auto load = trucks.state<Load>("load_by_truck", "t7");
  REQUIRE(load);
  CHECK(load->order == std::vector<int>{70, 120, -20});
  CHECK(load->kg == 170);
  CHECK(load->most == 190);
  CHECK_FALSE(trucks.state<Load>("load_by_truck", "t8"));
  CHECK(trucks.read("heavy") == json::parse(R"([{"key":"t7","kg":170}])"));
  CHECK(trucks.read("load_by_truck", "key=eq.t7&select=key") == json::parse(R"([{"key":"t7"}])"));
  CHECK(status_of([&] { trucks.read("nothing"); }) == 404);
  CHECK(status_of([&] { trucks.append({"", 1}); }) == 422);
  CHECK(status_of([&] { trucks.append_all({{"t9", 1}, {"", 1}}); }) == 422);
  CHECK(trucks.append_all({{"t9", 1}, {"t9", 2}}).stored == 2);
  CHECK(trucks.head() == 5);
  CHECK_THROWS_AS(trucks.view("late", "SELECT 1 AS a"), std::logic_error);
  server.stop();
}

TEST_CASE("what a program declares is there again after a restart, with the states as they were") {
  const laterbase::tests::TempDir directory;
  json before;
  for (int run = 0; run < 3; ++run) {
    laterbase::Server server{config_in(directory).without_http()};
    auto trucks = trucks_of(server);
    server.start();
    if (run == 0)
      for (int i = 0; i < 300; ++i)
        trucks.append({"t" + std::to_string(i % 7), i + 14}, {{}, six_o_clock + i * 37 % 300, true});
    const json now = trucks.read("load_by_truck");
    if (run > 0) CHECK(now == before);
    before = now;
    server.stop();
  }
}

TEST_CASE("code that throws breaks its fold; what can't be decoded is passed over") {
  const laterbase::tests::TempDir directory;
  laterbase::Server server{config_in(directory)};
  trucks_of(server);
  auto raw = server.root("trucks");
  server.start();
  Client client(server.url());
  CHECK(client.post("/db/trucks/e", R"({"truck":"t7","kg":5})").status == 201);
  const auto refused = client.post("/db/trucks/e", R"({"truck":"","kg":5})");
  CHECK(refused.status == 422);
  CHECK(json::parse(refused.body)["detail"] == "A scan names its truck.");
  CHECK(client.post("/db/trucks/e", R"({"lorry":"t7"})").status == 422);
  CHECK(client.get("/trucks/load_by_truck/t7").body == "{\"kg\": 5, \"most\": 5, \"order\": [5]}\n");
  CHECK(client.get("/trucks/load_by_truck/t8").status == 404);

  // Statements write events without a truck; other nodes' events are not asked about.
  CHECK(client
            .post("/db/trucks/sql",
                  "CREATE TABLE depot (id TEXT PRIMARY KEY, name TEXT); "
                  "INSERT INTO depot VALUES ('n', 'North')")
            .status == 200);
  CHECK(json::parse(client.get("/trucks/depot/n").body) == json::parse(R"({"id":"n","name":"North"})"));
  CHECK(client.get("/trucks/depot/s").status == 404);
  CHECK(raw.undecodable()[0]["count"] == 1);

  CHECK(client.post("/db/trucks/e", R"({"truck":"t9","kg":13})").status == 201);
  const auto broken = client.get("/trucks/load_by_truck");
  CHECK(broken.status == 503);
  CHECK_THAT(broken.body, Catch::Contains("thirteen kilograms"));
  CHECK(client.get("/trucks/heavy").status >= 400);
  CHECK(client.get("/trucks/depot").status == 200);
  CHECK_THAT(client.get("/db/trucks/v").body, Catch::Contains("thirteen kilograms"));
  server.stop();
}

TEST_CASE("routes of the program's own, and who follows commits and relations") {
  const laterbase::tests::TempDir directory;
  laterbase::Server server{config_in(directory)};
  auto trucks = trucks_of(server);
  Heard commits, changes;
  trucks.on_commit([&](const laterbase::Commit& commit) { commits.say(commit.lc); });
  server.route("GET", "/hello/{name}", [](const laterbase::Request& request) {
    if (request.parameters.at("name") == "nobody") throw Refused(404, "Nobody is there.");
    return laterbase::Response{200, "hello " + request.parameters.at("name"), "text/plain"};
  });
  CHECK_THROWS_AS(server.route("FETCH", "/x", nullptr), std::logic_error);
  server.start();
  Client client(server.url());
  CHECK(client.get("/hello/world").body == "hello world");
  CHECK(client.get("/hello/nobody").status == 404);

  trucks.append({"t1", 150});
  {
    const auto following =
        trucks.subscribe("heavy", [&](const laterbase::Change& change) { changes.say(change.data); });
    CHECK(changes.wait_for(1)[0]["rows"] == json::parse(R"([{"key":"t1","kg":150}])"));
    trucks.append({"t1", 1});
    const json delta = changes.wait_for(2)[1];
    CHECK(delta["add"] == json::parse(R"([{"key":"t1","kg":151}])"));
    CHECK(delta["del"] == json::parse(R"([{"key":"t1","kg":150}])"));
  }
  trucks.append({"t1", 1});
  CHECK(commits.wait_for(3) == json::parse("[1,2,3]"));
  CHECK(changes.wait_for(2).size() == 2);
  server.stop();
}

TEST_CASE("two nodes in two places come to the same states") {
  const laterbase::tests::TempDir field_directory, depot_directory;
  laterbase::Server depot{config_in(depot_directory)}, field{config_in(field_directory).without_http()};
  auto at_depot = trucks_of(depot), on_truck = trucks_of(field);
  depot.start();
  field.start();
  on_truck.append({"t7", 40}, {{}, six_o_clock + 1, false});
  at_depot.append({"t7", 2}, {{}, six_o_clock, false});
  const auto synced = on_truck.sync_with(depot.url());
  CHECK(synced.sent == 1);
  CHECK(synced.received == 1);
  CHECK(at_depot.state<Load>("load_by_truck", "t7")->order == std::vector<int>{2, 40});
  CHECK(on_truck.read("load_by_truck") == at_depot.read("load_by_truck"));
  CHECK(status_of([&] { on_truck.sync_with("ftp://nowhere"); }) == 400);
}

TEST_CASE("wrong settings are told in words") {
  laterbase::Config config;
  config.set("limits.max_body", "plenty").without_environment();
  laterbase::Server server{config};
  server.root("trucks");
  CHECK_THROWS_WITH(server.start(), Catch::Contains("limits.max_body"));
  CHECK(server.run() == 2);
  CHECK_THROWS_AS(server.root("not a name"), std::logic_error);
}
