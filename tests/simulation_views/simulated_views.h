#pragma once

#include "tests/simulation/runner.h"
#include "tests/simulation_views/views_onlooker.h"

// Seeds of clusters with tables and views, on all processors.
namespace laterbase::simulation {

struct ViewsTotals {
  Totals totals;
  ViewsCount count;
};

// `design` makes a fresh one a seed; the right one where it is empty.
ViewsTotals run_views(SeedRuns runs, const std::function<std::unique_ptr<ViewsDesign>()>& design = {});

}  // namespace laterbase::simulation
