#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/node.h"

// The real program with a directory of plug-ins that changes under it.
namespace {

namespace fs = std::filesystem;
using laterbase::tests::Node;
using nlohmann::json;

const std::string built = BUILT_PLUGINS;

// A node, and the directory that it looks at.
struct Garage {
  laterbase::tests::TempDir directory;
  Node node{{{"--plugins.directory=" + directory.path()}, "", true}};

  Garage() {
    REQUIRE(node.put("/db/trucks").status == 201);
    for (const char* at : {"1", "2", "3", "1"}) scan(std::string(R"({"truck":"t7","place":"p)") + at + R"("})");
    scan(R"({"truck":"t9","place":"p1"})");
  }
  void scan(const std::string& value) { REQUIRE(node.post("/db/trucks/e", value, "application/json").status == 201); }
  // As a build or a deployment should do it: under another name, then renamed.
  void put(const std::string& plugin, const std::string& as) {
    fs::copy_file(built + "/" + plugin + ".so", directory.file(".new"), fs::copy_options::overwrite_existing);
    fs::rename(directory.file(".new"), directory.file(as));
  }
  json listed(const std::string& file) {
    const json all = json::parse(node.get("/plugins").body);
    for (const json& one : all["plugins"])
      if (one["file"] == file) return one;
    return {};
  }
  json state(const std::string& truck) {
    const auto answer = node.get("/trucks/stops_by_truck/" + truck);
    return answer.status == 200 ? json::parse(answer.body) : json(answer.status);
  }
};

bool soon(const std::function<bool()>& so) {
  for (int tries = 0; tries < 600; ++tries) {
    if (so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

}  // namespace

TEST_CASE("a plug-in is loaded while the node runs, replaced by its next version, and gone with its file") {
  Garage garage;
  CHECK(garage.state("t7") == 404);
  garage.put("plugin_stops_1", "stops.so");
  REQUIRE(soon([&] { return garage.state("t7") != 404; }));
  CHECK(garage.state("t7") == json::parse(R"({"count":4,"last":"p1"})"));
  CHECK(garage.node.get("/trucks/busy").body == "[{\"truck\":\"t7\"}]\n");
  CHECK(garage.listed("stops.so")["version"] == "1");
  CHECK(garage.listed("stops.so")["folds"] == json::parse(R"(["trucks/stops_by_truck"])"));
  garage.scan(R"({"truck":"t7","place":"p1"})");
  CHECK(garage.state("t7")["count"] == 4);

  garage.put("plugin_stops_2", "stops.so");
  REQUIRE(soon([&] { return garage.listed("stops.so")["version"] == "2"; }));
  REQUIRE(soon([&] { return garage.state("t7") == json::parse(R"({"count":5})"); }));
  REQUIRE(soon([&] { return garage.node.get("/trucks/busy").status == 404; }));

  garage.node.kill();
  garage.node.restart_after_kill();
  CHECK(garage.state("t7") == json::parse(R"({"count":5})"));

  fs::remove(garage.directory.file("stops.so"));
  REQUIRE(soon([&] { return garage.state("t7") == 404; }));
  CHECK(garage.listed("stops.so").is_null());
  CHECK(garage.node.get("/health/ready").status == 200);
}

TEST_CASE("a plug-in that can't be loaded is refused in words, and what is served goes on") {
  Garage garage;
  garage.put("plugin_stops_1", "stops.so");
  REQUIRE(soon([&] { return garage.state("t7") != 404; }));
  std::ofstream(garage.directory.file("text.so")) << "not a shared object";
  const std::map<std::string, std::string> words{{"abi", "version 77"},
                                                 {"entry", "gives nothing"},
                                                 {"segfault", "Segmentation fault"},
                                                 {"throw", "throws"},
                                                 {"text", "file too short"}};
  for (const auto& [kind, why] : words)
    if (kind != "text") garage.put("plugin_" + kind, kind + ".so");
  for (const auto& [kind, why] : words) {
    INFO(kind);
    REQUIRE(soon([&, file = kind + ".so"] { return !garage.listed(file).is_null(); }));
    CHECK(garage.listed(kind + ".so")["state"] == "refused");
    CHECK_THAT(garage.listed(kind + ".so")["trouble"].get<std::string>(), Catch::Contains(why));
  }
  garage.put("plugin_stops_2", "again.so");  // the same fold from another file
  REQUIRE(soon([&] { return !garage.listed("again.so").is_null(); }));
  CHECK_THAT(garage.listed("again.so")["trouble"].get<std::string>(), Catch::Contains("stops.so has"));
  garage.put("plugin_segfault", "stops.so");  // a worse next version
  REQUIRE(soon([&] { return garage.listed("stops.so").contains("trouble"); }));
  CHECK(garage.listed("stops.so")["version"] == "1");
  CHECK(garage.state("t7")["count"] == 4);
  CHECK(garage.node.process().running());
}

TEST_CASE(
    "a version that ends or blocks the process at an event that there is already is refused; the one before serves "
    "on") {
  Garage garage;
  garage.put("plugin_stops_1", "stops.so");
  REQUIRE(soon([&] { return garage.state("t7") != 404; }));
  garage.put("plugin_crashes_later", "stops.so");
  REQUIRE(soon([&] { return garage.listed("stops.so").contains("trouble"); }));
  CHECK_THAT(garage.listed("stops.so")["trouble"].get<std::string>(),
             Catch::StartsWith("folding this node's last events"));
  garage.put("plugin_never_ends", "other.so");
  REQUIRE(soon([&] { return !garage.listed("other.so").is_null(); }));
  CHECK_THAT(garage.listed("other.so")["trouble"].get<std::string>(), Catch::Contains("takes more than"));
  CHECK(garage.listed("stops.so")["version"] == "1");
  garage.scan(R"({"truck":"t7","place":"p2"})");
  CHECK(garage.state("t7")["count"] == 5);
  // And from the start on, where no version before it is there.
  fs::remove(garage.directory.file("other.so"));
  garage.node.kill();
  garage.node.restart_after_kill();
  CHECK(garage.listed("stops.so")["state"] == "refused");
  CHECK(garage.state("t7") == 404);
  CHECK(garage.node.get("/trucks/events?limit=1").status == 200);
}
