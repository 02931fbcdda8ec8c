#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "views/engine.h"

// Tree queries on the nodes of a simulated cluster: some are stored, some are followed live, and all of them read what
// clients change, replace and drop.
namespace laterbase::simulation {

struct NamedTree {
  std::string name, text;
};

// Defined by an event, so all nodes have them.
const std::vector<NamedTree>& stored_trees();
// Each node's own.
const std::vector<NamedTree>& live_trees();

views::ViewDefinition definition_of(const NamedTree& tree);

// Somebody who follows a tree of one engine: the snapshot, and every patch after it applied as RFC 6902 says, by
// somebody else's code. Lifetime: ends with the engine.
class TreeFollower {
 public:
  explicit TreeFollower(std::string name) : name_(std::move(name)) {}

  // Takes in what there is to be told. `loses` says of a position whether its patch is lost on the way.
  void poll(views::Engine& engine, const std::function<bool(Lc)>& loses);
  // Empty where he has what a fresh answer of that engine is, or where both have none.
  std::string differs_from(const views::Engine& fresh) const;
  std::uint64_t patches() const noexcept { return patches_; }

 private:
  std::string name_;
  nlohmann::json document_;
  bool begun_ = false;
  std::uint64_t generation_ = 0;
  Lc at_ = 0;
  std::uint64_t patches_ = 0;
};

}  // namespace laterbase::simulation
