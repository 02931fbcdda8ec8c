#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/design.h"
#include "tests/simulation/plan.h"

// Designs that lose events, each in a way of its own. The simulation must find every one of them.
namespace laterbase::simulation {

struct WrongDesign {
  std::string name;
  std::string what;
  std::function<std::unique_ptr<Design>()> make;
  PlanOptions plan = {};  // worlds in which it shows soon
};

const std::vector<WrongDesign>& wrong_designs();

// Not a design: proof that a run can fail. It must, whatever the seed.
WrongDesign canary();

}  // namespace laterbase::simulation
