#include <algorithm>

#include "engine/events/roots.h"
#include "tests/blackbox/blackbox.h"

using namespace laterbase::tests;
using laterbase::Batch;
using laterbase::NewEvent;
using laterbase::Ulid;
using laterbase::value_wins;

namespace {

Batch batch_of(const std::string& key, const std::vector<std::string>& values) {
  Batch batch;
  for (const std::string& value : values) {
    NewEvent event;
    event.key = Ulid::parse(key);
    event.is_json = true;
    event.offset = static_cast<std::uint32_t>(batch.payload.size());
    event.size = static_cast<std::uint32_t>(value.size());
    batch.payload += value;
    batch.events.push_back(event);
  }
  return batch;
}

// What a peer would have brought, put where the node finds it.
void merge(Node& node, const std::vector<Batch>& batches) {
  const auto roots = laterbase::open_roots(node.data(), {}, laterbase::system_clock());
  const auto root = roots->create("trucks").value().root;
  for (const Batch& batch : batches) REQUIRE(root->merge(batch).has_value());
}

}  // namespace

TEST_CASE("what merges put aside is listed page by page, counted, and not in the feed") {
  Node node;
  node.stop();
  const std::string key = ulid(1'600'000'000'000, 1), ahead = ulid(4'000'000'000'000, 1);
  std::vector<std::string> values{"1", "2", "3"};
  std::sort(values.begin(), values.end(), [](const auto& one, const auto& two) { return value_wins(one, two); });
  merge(node, {batch_of(key, {values[1], values[2], values[0]}), batch_of(ahead, {"\"later\""})});
  node.start();

  const Response all = node.get("/db/trucks/conflicts");
  REQUIRE(all.status == 200);
  CHECK(all.has("laterbase-clock"));
  CHECK(next_link(all).empty());
  const Json list = all.json();
  REQUIRE(list.size() == 3);
  for (int i = 0; i < 2; ++i) {
    CHECK(list[i]["key"] == key);
    CHECK(list[i]["lc"] == i + 1);
    CHECK(list[i]["value"] == Json::parse(values[i + 1]));
    CHECK(list[i]["reason"] == "lost");
    CHECK(list[i]["winner"] == 3);
    CHECK(list[i]["at"] == "2020-09-13T12:26:40.000Z");
    CHECK(list[i].contains("arrived"));
  }
  CHECK(list[2]["key"] == ahead);
  CHECK(list[2]["reason"] == "waiting");
  CHECK(list[2]["winner"].is_null());

  Json paged = Json::array();
  std::string target = "/db/trucks/conflicts?limit=1";
  for (; !target.empty() && paged.size() < 10;) {
    const Response page = node.get(target);
    REQUIRE(page.json().size() == 1);
    paged.push_back(page.json()[0]);
    target = next_link(page);
  }
  CHECK(paged == list);
  CHECK(node.get("/db/trucks/conflicts?after=" + key).json().size() == 1);
  check_problem(node.get("/db/trucks/conflicts?after=x"), 400);
  check_problem(node.get("/db/trucks/conflicts?limit=0"), 400);
  check_problem(node.get("/db/nothere/conflicts"), 404);

  for (const std::string order : {"lc", "key"}) {
    const Json feed = node.get("/db/trucks/e?lc=0&order=" + order).json();
    CHECK(feed["lc"] == 4);
    CHECK(feed["events"].size() == 2);
    CHECK(feed["events"].back()["value"] == Json::parse(values[0]));
  }
  CHECK(node.get("/db/trucks").json()["events"] == 1);
  CHECK(node.get("/db/trucks/e/" + key).body == values[0]);
  CHECK(node.get("/metrics").body.find("laterbase_conflicts{database=\"trucks\"} 3") != std::string::npos);
}
