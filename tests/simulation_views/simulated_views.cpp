#include "tests/simulation_views/simulated_views.h"

#include <mutex>

namespace laterbase::simulation {
namespace {

// One seed's onlooker, whose counts are added when it ends.
class Counted final : public Onlooker {
 public:
  Counted(std::unique_ptr<ViewsDesign> design, ViewsCount& all, std::mutex& mutex)
      : all_(all), mutex_(mutex), views_(std::move(design), own_) {}
  ~Counted() override {
    const std::lock_guard lock(mutex_);
    all_.statements += own_.statements;
    all_.definitions += own_.definitions;
    all_.facts += own_.facts;
    all_.compared += own_.compared;
    all_.rows += own_.rows;
    all_.broken += own_.broken;
    all_.faults += own_.faults;
    all_.lives += own_.lives;
    all_.trees += own_.trees;
    all_.patches += own_.patches;
  }

  std::string writes(Process& process, Random& random) override { return views_.writes(process, random); }
  void starts(Process& process) override { views_.starts(process); }
  std::string advances(Process& process) override { return views_.advances(process); }
  std::string ends(const std::vector<Process*>& processes) override { return views_.ends(processes); }

 private:
  ViewsCount own_;
  ViewsCount& all_;
  std::mutex& mutex_;
  ViewsOnlooker views_;
};

}  // namespace

ViewsTotals run_views(SeedRuns runs, const std::function<std::unique_ptr<ViewsDesign>()>& design) {
  ViewsTotals result;
  std::mutex mutex;
  runs.world.onlooker = [&] {
    return std::make_unique<Counted>(design ? design() : std::make_unique<ViewsDesign>(), result.count, mutex);
  };
  result.totals = run_seeds(runs);
  return result;
}

}  // namespace laterbase::simulation
