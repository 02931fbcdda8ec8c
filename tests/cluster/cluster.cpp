#include "tests/cluster/cluster.h"

#include <chrono>
#include <filesystem>
#include <thread>

namespace laterbase::tests {
namespace {

void replace(const std::string& from, const std::string& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

}  // namespace

void Site::restart_with(const std::string& copy) {
  stop();
  replace(copy, data());
  start();
}

void Site::copy_to(const std::string& copy) {
  stop();
  replace(data(), copy);
  start();
}

void Site::wipe() {
  kill();
  std::filesystem::remove_all(data());
  start();
}

Contents contents(const Node& node, const std::string& db) {
  Contents all;
  std::string from = "1970-01-01T00:00:00Z";
  for (;;) {
    const Response answer = node.get(db + "/e?limit=5000&from=" + from);
    INFO("answer: " << answer.status << " " << answer.body.substr(0, 300));
    REQUIRE(answer.status == 200);
    const Json page = answer.json();
    for (const Json& event : page["events"])
      all[event["key"]] = event.contains("value") ? event["value"].dump() : event["base64"].get<std::string>();
    if (!page.contains("next") || page["next"].is_null()) return all;
    from = page["next"];
  }
}

Contents write(const Node& node, const std::string& name, int count, const std::string& db) {
  Json batch = Json::array();
  for (int n = 0; n < count; ++n) batch.push_back({{"from", name}, {"n", n}});
  const Response answer = node.post(db + "/e", batch.dump(), "application/json");
  INFO("answer: " << answer.status << " " << answer.body.substr(0, 300));
  REQUIRE(answer.status == 201);
  Contents written;
  const auto keys = answer.json()["keys"];
  for (int n = 0; n < count; ++n)
    written[keys[static_cast<std::size_t>(n)]] = batch[static_cast<std::size_t>(n)].dump();
  return written;
}

void add_peer(const Node& node, const std::string& name, const std::string& url, Json more) {
  more["url"] = url;
  if (!more.contains("interval_ms")) more["interval_ms"] = 100;
  const Response answer = node.ask({.method = "PUT", .target = "/peers/" + name, .body = more.dump(), .headers = {}});
  INFO("answer: " << answer.status << " " << answer.body);
  REQUIRE((answer.status == 201 || answer.status == 200));
}

Json sync_now(const Node& node, const std::string& peer, const std::string& db) {
  const Response answer = node.ask({.method = "POST", .target = db + "/sync?peer=" + peer, .body = "", .headers = {}});
  INFO("answer: " << answer.status << " " << answer.body);
  REQUIRE(answer.status == 200);
  return answer.json();
}

Json peer_state(const Node& node, const std::string& name) {
  const Json all = node.get("/peers").json();
  for (const Json& peer : all["peers"])
    if (peer["name"] == name) return peer;
  return nullptr;
}

bool eventually(const std::function<bool()>& holds, int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (std::chrono::steady_clock::now() < deadline) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return holds();
}

void check_all_hold(const std::vector<const Node*>& nodes, const Contents& expected, const std::string& db) {
  for (const Node* node : nodes) {
    INFO("node at " << node->url());
    eventually([&] { return contents(*node, db).size() >= expected.size(); });
    eventually([&] { return contents(*node, db) == expected; }, 5'000);
    const Contents held = contents(*node, db);
    CHECK(held.size() == expected.size());
    CHECK((held == expected));
  }
}

Contents united(std::initializer_list<Contents> parts) {
  Contents all;
  for (const Contents& part : parts) all.insert(part.begin(), part.end());
  return all;
}

}  // namespace laterbase::tests
