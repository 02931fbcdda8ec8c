#pragma once

#include <string>

#include "engine/base/random.h"

// What the clients of a simulated cluster with tables and views write.
namespace laterbase::simulation {

// The tables and views of the beginning, in one request.
std::string all_definitions();
// One of them again, another shape of it, or none any more.
std::string random_definition(Random& random);
std::string random_change(Random& random);
// An event with facts by hand, which may fit no table.
std::string random_facts(Random& random);

}  // namespace laterbase::simulation
