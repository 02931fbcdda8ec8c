#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/random.h"

// Who follows the logs of a world's nodes as tables and views do, and has a say in what is written. A world without
// one costs nothing more.
namespace laterbase::simulation {

class Process;

class Onlooker {
 public:
  virtual ~Onlooker() = default;

  // A JSON text as the value of the next event that a client gives this node.
  virtual std::string writes(Process& process, Random& random) = 0;

  // A process has opened its machine's log, and lost what it had in memory.
  virtual void starts(Process& process) = 0;
  // Its log may have grown. What is wrong with what it shows, in words; empty where nothing is.
  virtual std::string advances(Process& process) = 0;
  // All these hold the same events.
  virtual std::string ends(const std::vector<Process*>& processes) = 0;
};

}  // namespace laterbase::simulation
