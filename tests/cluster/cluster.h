#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/support/node.h"

// What the tests of several nodes share: nodes that keep their ports, peers, and what each node holds.
namespace laterbase::tests {

using Json = nlohmann::json;

inline const std::string trucks = "/db/trucks";

// A node with a database "trucks", which other nodes find again after a restart.
class Site : public Node {
 public:
  explicit Site(std::vector<std::string> flags = {}, const std::string& config = "")
      : Node(Options{std::move(flags), config, true}) {
    put(trucks);
  }

  // Stops, puts the files of `copy` in place of its own, and starts again.
  void restart_with(const std::string& copy);
  // Copies its files while it is stopped for it.
  void copy_to(const std::string& copy);
  void wipe();  // all of its data
};

// key → value as JSON text, or base64. What a node holds, in key order.
using Contents = std::map<std::string, std::string>;
Contents contents(const Node& node, const std::string& db = trucks);

// Posts {"from":name,"n":0…count-1}; gives what was acknowledged.
Contents write(const Node& node, const std::string& name, int count, const std::string& db = trucks);

void add_peer(const Node& node, const std::string& name, const std::string& url, Json more = Json::object());
// POST …/sync?peer=NAME. Checks that it went well.
Json sync_now(const Node& node, const std::string& peer, const std::string& db = trucks);
// What GET /peers says of one.
Json peer_state(const Node& node, const std::string& name);

// True as soon as it is; false after a generous time.
bool eventually(const std::function<bool()>& holds, int timeout_ms = 30'000);
// Waits until all hold exactly that.
void check_all_hold(const std::vector<const Node*>& nodes, const Contents& expected, const std::string& db = trucks);
Contents united(std::initializer_list<Contents> parts);

}  // namespace laterbase::tests
