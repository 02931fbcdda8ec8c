#include <server/library/plugin.h>

// A plug-in: how often each truck stopped, and where last. Built, and put into the directory that plugins.directory
// names, it is there within seconds: GET /trucks/stops_by_truck, and GET /trucks/busy, which reads it.
namespace {

struct Scan {
  std::string truck, place;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Scan, truck, place)

struct Stops {
  int count = 0;
  std::string last;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stops, count, last)

const laterbase_fold folds[] = {laterbase::plugin_fold<Stops, Scan>(
    "trucks", "stops_by_truck", [](const Scan& scan) { return scan.truck; },
    [](Stops& stops, const Scan& scan) {
      if (scan.place != stops.last) ++stops.count;
      stops.last = scan.place;
    })};

const laterbase_view views[] = {
    {"trucks", "busy", "SELECT key AS truck FROM stops_by_truck WHERE (state->>'count')::int > 2"}};

const laterbase_plugin plugin = {laterbase_plugin_abi, "stops", "1", folds, 1, views, 1};

}  // namespace

extern "C" const laterbase_plugin* laterbase_plugin_entry() { return &plugin; }
