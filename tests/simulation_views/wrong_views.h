#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation_views/views_onlooker.h"

// Designs of tables and views that show wrong rows. The simulation must find every one of them.
namespace laterbase::simulation {

struct WrongViews {
  std::string name;
  std::string what;
  std::function<std::unique_ptr<ViewsDesign>()> make;
};

const std::vector<WrongViews>& wrong_views();

}  // namespace laterbase::simulation
