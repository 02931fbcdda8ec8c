#include "server/library/plugin.h"

// The example plug-in's worst version: it loads well, and its fold ends the process at the third place of a truck, or
// never ends.
namespace {

const auto truck_of = [](const nlohmann::json& scan) { return scan.at("truck").get<std::string>(); };
const auto count = [](nlohmann::json& stops, const nlohmann::json& scan) {
  const bool is_bad = scan.at("place") == "p3";
#ifdef NEVER_ENDS
  for (volatile bool more = is_bad; more;) {
  }
#else
  if (is_bad) __builtin_trap();
#endif
  stops = {{"count", stops.is_object() ? stops["count"].get<int>() + 1 : 1}};
};

const laterbase_fold folds[] = {
    laterbase::plugin_fold<nlohmann::json, nlohmann::json>("trucks", "stops_by_truck", truck_of, count)};
const laterbase_plugin plugin = {laterbase_plugin_abi, "stops", "3", folds, 1, nullptr, 0};

}  // namespace

extern "C" const laterbase_plugin* laterbase_plugin_entry() { return &plugin; }
